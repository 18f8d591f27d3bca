import type { ExprAst } from "../../core/expression.js";
import { joinAll } from "../../core/typing/join.js";
import { describeType } from "../../core/typing/print.js";
import { elementType, fieldNames } from "../../core/typing/property.js";
import { BOOLEAN, listOf, NEVER, optionalOf, resolve, STRING, type Type } from "../../core/type.js";
import { known as facts, notNull, pathKey } from "../facts.js";
import { withPresent, withVariable, type Scope } from "../scope.js";
import { basesOf, isSilent, withoutNull } from "./base.js";
import { needsBoolean } from "./condition.js";
import { remaining } from "./excluded.js";
import { known, plain, source, typed, type Checking, type Typed } from "./context.js";

type Each = Extract<ExprAst, { op: "each" }>;

/** `xs.map(x, …)` and its kin; `o.optMap(x, …)` over an optional. */
export function checkEach(cx: Checking, ast: Each, scope: Scope): Typed {
  const of = cx.check(ast.of, scope);
  const optional = ast.fn === "optMap" || ast.fn === "optFlatMap";
  const item = optional ? present(cx, of) : elementOf(cx, ast, of);
  const inner = withVariable(scope, ast.as, item);
  const body = cx.within(ast.as, () => cx.check(ast.body, inner));
  const body2 = ast.body2 === undefined ? undefined : cx.within(ast.as, () => cx.check(ast.body2 ?? ast.body, withPresent(inner, facts(body.whenTrue))));
  const made: ExprAst = { ...ast, of: of.ast, body: body.ast, ...(body2 === undefined ? {} : { body2: body2.ast }) };
  return typed(made, resultOf(cx, ast, of, body, body2));
}

function resultOf(cx: Checking, ast: Each, of: Typed, body: Typed, body2: Typed | undefined): Type {
  switch (ast.fn) {
    case "optMap":
      return optionalOf(plain(cx, body));
    case "optFlatMap":
      return optionalOf(body.type);
    case "map":
      if (body2 !== undefined) needsBoolean(cx, body);
      return listOf(plain(cx, body2 ?? body));
    case "filter":
      needsBoolean(cx, body);
      return listOf(passing(elementType(of.type) ?? (basesOf(of.type).has("object") ? STRING : NEVER), ast.as, facts(body.whenTrue)));
    default:
      needsBoolean(cx, body);
      return BOOLEAN;
  }
}

/** What `filter` lets through has the fields that it asked for: `xs.filter(x, has(x.note)).map(x, x.note)`. */
function passing(item: Type, name: string, known: ReadonlySet<string>): Type {
  if (known.size === 0) return item;
  const there = fieldNames(item).filter((field) => known.has(pathKey([name, field])));
  return having(remaining(known.has(notNull([name])) ? withoutNull(item) : item, [name], known), there);
}

function having(type: Type, there: readonly string[]): Type {
  const at = resolve(type);
  if (at.kind === "union") return joinAll(at.of.map((member) => having(member, there)));
  if (at.kind !== "object" || there.length === 0) return type;
  // A closed object without the field is none of those that pass.
  if (at.rest === "closed" && there.some((field) => !at.fields.has(field))) return NEVER;
  const fields = new Map([...at.fields].map(([field, of]) => [field, there.includes(field) ? { type: of.type, required: true } : of]));
  return { ...at, fields };
}

function present(cx: Checking, of: Typed): Type {
  const type = resolve(of.type);
  if (type.kind === "optional") return type.of;
  if (!isSilent(type)) cx.report(of.ast, "FC4106", `\`${source(cx, of.ast)}\` is always there, so it needs no \`optMap\``, { hint: "for the elements of a list write `xs.map(x, …)`" });
  return of.type;
}

function elementOf(cx: Checking, ast: Each, of: Typed): Type {
  const type = known(cx, of);
  const bases = basesOf(type);
  if (bases.size === 0) return NEVER;
  const items = elementType(type);
  if (items !== null && bases.size === 1) return items;
  if (bases.size === 1 && bases.has("object")) return STRING;
  cx.report(of.ast, "FC4106", `\`${ast.fn}\` needs a list, but \`${source(cx, of.ast)}\` is ${describeType(type)}`);
  return NEVER;
}
