import type { TextProblem } from "../core/diagnostic.js";
import type { Expr, ExprAst } from "../core/expression.js";
import type { Type } from "../core/type.js";
import { checkGet, checkIndex, checkVariable } from "./check/access.js";
import { checkCall } from "./check/call.js";
import { checkAnd, checkConditional, checkHas, checkNot, checkOr } from "./check/condition.js";
import type { Checking, Typed } from "./check/context.js";
import { checkEach } from "./check/each.js";
import { checkList, checkLiteral, checkMap } from "./check/literal.js";
import { checkBinary, checkNegation } from "./check/operator.js";
import { known, type Facts } from "./facts.js";
import type { ReadRange, Scope } from "./scope.js";

export interface CheckedExpr {
  /** The expression with its optional reads marked: this is what is evaluated. */
  readonly expr: Expr;
  /** `never` where a problem leaves nothing to say. */
  readonly type: Type;
  readonly problems: readonly TextProblem[];
  /** Paths that are there when it is true, and when it is false (narrowing). */
  readonly whenTrue: ReadonlySet<string>;
  readonly whenFalse: ReadonlySet<string>;
  readonly reads: readonly ReadRange[];
}

/** The type of an expression in a scope, with everything that is wrong in it. */
export function checkExpr(expr: Expr, scope: Scope): CheckedExpr {
  const problems: TextProblem[] = [];
  const reads: ReadRange[] = [];
  const inner: string[] = [];
  const cx: Checking = {
    text: expr.text,
    check: (ast, at) => checkNode(cx, ast, at),
    read(path, { at: [start, end] }) {
      const [root] = path;
      if (root !== undefined && !inner.includes(root)) reads.push({ path: path.filter((name) => !name.startsWith("[")), start, end });
    },
    within(name, work) {
      inner.push(name);
      const result = work();
      inner.pop();
      return result;
    },
    report(place, code, message, more) {
      const [start, end] = "at" in place ? place.at : [place.start, place.end];
      problems.push({ code, message, start, end, ...more });
    },
    assumed: new Set(),
    nullTests: new Map(),
    count: () => problems.length,
    failed: ({ at: [from, to] }) => problems.some(({ start, end }) => from <= start && end <= to),
  };
  const typed = cx.check(expr.ast, scope);
  return { expr: { text: expr.text, ast: typed.ast }, type: typed.type, problems, whenTrue: withAssumed(cx, typed.whenTrue), whenFalse: withAssumed(cx, typed.whenFalse), reads };
}

const withAssumed = ({ assumed }: Checking, facts: Facts): ReadonlySet<string> => (assumed.size === 0 ? known(facts) : known(facts).union(assumed));

function checkNode(cx: Checking, ast: ExprAst, scope: Scope): Typed {
  switch (ast.op) {
    case "lit":
      return checkLiteral(ast);
    case "var":
      return checkVariable(cx, ast, scope);
    case "get":
      return checkGet(cx, ast, scope);
    case "index":
      return checkIndex(cx, ast, scope);
    case "has":
      return checkHas(cx, ast, scope);
    case "call":
      return checkCall(cx, ast, scope);
    case "each":
      return checkEach(cx, ast, scope);
    case "list":
      return checkList(cx, ast, scope);
    case "map":
      return checkMap(cx, ast, scope);
    case "cond":
      return checkConditional(cx, ast, scope);
    case "and":
      return checkAnd(cx, ast, scope);
    case "or":
      return checkOr(cx, ast, scope);
    case "not":
      return checkNot(cx, ast, scope);
    case "neg":
      return checkNegation(cx, ast, scope);
    case "bin":
      return checkBinary(cx, ast, scope);
  }
}
