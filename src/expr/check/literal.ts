import type { ExprAst } from "../../core/expression.js";
import { joinAll } from "../../core/typing/join.js";
import { NULL, type Field, type Type } from "../../core/type.js";
import { describeType } from "../../core/typing/print.js";
import { NOTHING } from "../facts.js";
import type { Scope } from "../scope.js";
import { isOnly } from "./base.js";
import { plain, source, typed, type Checking, type Typed } from "./context.js";

type Node<Op extends ExprAst["op"]> = Extract<ExprAst, { op: Op }>;

export function checkLiteral(ast: Node<"lit">): Typed {
  const type: Type = ast.value === null ? NULL : { kind: "const", value: ast.value };
  // `true` is never false, so that outcome tells nothing away: `has(a) ? a.b : false` is true only where `a` is there.
  return { ast, type, whenTrue: ast.value === false ? null : NOTHING, whenFalse: ast.value === true ? null : NOTHING };
}

export function checkList(cx: Checking, ast: Node<"list">, scope: Scope): Typed {
  const items = ast.items.map((item) => cx.check(item, scope));
  const type: Type = { kind: "list", items: joinAll(items.map((item) => plain(cx, item))), length: items.length };
  return typed({ ...ast, items: items.map((item) => item.ast) }, type);
}

/** Constant keys make a closed object, computed ones a map. */
export function checkMap(cx: Checking, ast: Node<"map">, scope: Scope): Typed {
  const fields = new Map<string, Field>();
  const values: Type[] = [];
  let computed = false;
  const entries = ast.entries.map(([key, value]) => {
    const name = cx.check(key, scope);
    const checked = cx.check(value, scope);
    const type = plain(cx, checked);
    values.push(type);
    if (key.op === "lit" && typeof key.value === "string") {
      if (fields.has(key.value)) cx.report(key, "FC4106", `The key \`${key.value}\` stands twice in this object`);
      fields.set(key.value, { type, required: true });
    } else {
      computed = true;
      const keyType = plain(cx, name);
      if (!isOnly(keyType, "string")) cx.report(key, "FC4106", `A key is a text, but \`${source(cx, key)}\` is ${describeType(keyType)}`, { hint: "write `string(x)`" });
    }
    return [name.ast, checked.ast] as const;
  });
  const type: Type = computed ? { kind: "object", fields: new Map(), rest: joinAll(values) } : { kind: "object", fields, rest: "closed" };
  return typed({ ...ast, entries }, type);
}
