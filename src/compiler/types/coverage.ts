import type { ExprAst } from "../../core/expression.js";
import { isJsonObject, type Json } from "../../core/json.js";
import { resolve } from "../../core/type.js";
import { checkExpr } from "../../expr/check.js";
import { constantsOf, isNullable, isSilent } from "../../expr/check/base.js";
import type { CheckedCel, Place } from "./expression.js";

/** Whether the tests of a switch cover every value of one enum (or of true and false): then it needs no `else`. */
export function coverage(place: Place): { add(test: CheckedCel): void; complete(): boolean } {
  const tested = new Map<string, { readonly of: ExprAst; readonly text: string; readonly values: Set<unknown> }>();
  return {
    add({ expr, type }) {
      if (type.kind === "never") return;
      for (const { of, values } of testsIn(expr.ast)) {
        const key = sameAs(of);
        const row = tested.get(key) ?? { of, text: expr.text, values: new Set() };
        for (const value of values) row.values.add(value);
        tested.set(key, row);
      }
    },
    complete: () =>
      [...tested.values()].some(({ of, text, values }) => {
        const { type, problems } = checkExpr({ text, ast: of }, place.scope);
        if (problems.length > 0) return false;
        const at = resolve(type);
        // What went wrong elsewhere may have every value that is tested.
        if (isSilent(at)) return true;
        const all = at.kind === "boolean" ? [true, false] : at.kind === "optional" ? null : constantsOf(at);
        return all !== null && all.length > 0 && all.every((value) => values.has(value)) && (!isNullable(at) || values.has(null));
      }),
  };
}

interface Test {
  readonly of: ExprAst;
  readonly values: readonly unknown[];
}

/** `x == 'a'`, `x in ['a', 'b']`, `x`, `!x`, and those joined by `||`. A test with any other part covers nothing. */
function testsIn(ast: ExprAst): readonly Test[] {
  if (ast.op === "or") {
    const left = testsIn(ast.left);
    const right = testsIn(ast.right);
    // Each side alone makes the whole true.
    return [...left, ...right];
  }
  if (ast.op === "bin" && ast.fn === "==") {
    if (ast.right.op === "lit") return [{ of: ast.left, values: [ast.right.value] }];
    if (ast.left.op === "lit") return [{ of: ast.right, values: [ast.left.value] }];
  }
  if (ast.op === "bin" && ast.fn === "in" && ast.right.op === "list") {
    return [{ of: ast.left, values: ast.right.items.flatMap((item) => (item.op === "lit" ? [item.value] : [])) }];
  }
  if (ast.op === "not") return [{ of: ast.of, values: [false] }];
  if (ast.op === "get" || ast.op === "var") return [{ of: ast, values: [true] }];
  return [];
}

/** Equal for equal expressions, wherever they stand in their texts. */
const sameAs = (ast: ExprAst): string => JSON.stringify(ast, (key, value: Json) => (key === "at" && !isJsonObject(value) ? undefined : value));
