import type { ExprAst } from "../../core/expression.js";
import { elementType, fieldNames, property } from "../../core/typing/property.js";
import { joinAll } from "../../core/typing/join.js";
import { BOOLEAN, NEVER, optionalOf, resolve, type Type } from "../../core/type.js";
import { accessPath, holds, notNull, pathKey } from "../facts.js";
import type { Scope } from "../scope.js";
import { oneOf, remaining } from "./excluded.js";
import { constantsOf, isInteger, isNullable, isOnly, isSilent, withoutNull } from "./base.js";
import { known, plain, source, typed, untyped, type Checking, type Typed } from "./context.js";
import { absent, needsNullTest, unknownField, unknownVariable, unreadable } from "./access-problem.js";

type Get = Extract<ExprAst, { op: "get" }>;
type Index = Extract<ExprAst, { op: "index" }>;

/**
 * How a field that may be absent is read: `bare` is a problem, `loose` is a test for it (`has`), `wrapped` is what
 * `orValue()` and its kin want: bare is a problem there too, but the only fix is `.?`.
 */
export type Mode = "bare" | "loose" | "wrapped";

export function checkVariable(cx: Checking, ast: Extract<ExprAst, { op: "var" }>, scope: Scope): Typed {
  cx.read([ast.name], ast);
  return variable(cx, ast, scope);
}

function variable(cx: Checking, ast: Extract<ExprAst, { op: "var" }>, scope: Scope): Typed {
  const type = scope.vars.get(ast.name);
  if (type !== undefined) return typed(ast, narrowed(type, ast, scope));
  const hidden = scope.hidden?.get(pathKey([ast.name]));
  if (hidden === undefined) unknownVariable(cx, ast, scope);
  else cx.report(ast, "FC3103", hidden);
  return typed(ast, NEVER);
}

/** `a.b.c`: one read, checked from the left. */
export function checkGet(cx: Checking, ast: Get, scope: Scope, mode: Mode = "bare"): Typed {
  const path = chainPath(ast);
  if (path !== null) cx.read(path, ast);
  const got = get(cx, ast, scope, mode, ast);
  const isTest = !isSilent(got.type) && isOnly(got.type, "boolean") && resolve(got.type).kind !== "optional";
  return isTest ? { ...got, ...oneOf(accessPath(ast), BOOLEAN, [true]) } : got;
}

/** Names from a root variable on, without indexes; null for a chain that starts with something else. */
function chainPath(ast: ExprAst): readonly string[] | null {
  if (ast.op === "var") return [ast.name];
  if (ast.op !== "get") return null;
  const of = chainPath(ast.of);
  return of === null ? null : [...of, ast.name];
}

function get(cx: Checking, ast: Get, scope: Scope, mode: Mode, whole: Get): Typed {
  const of = ast.of.op === "get" ? get(cx, ast.of, scope, mode, whole) : ast.of.op === "var" ? variable(cx, ast.of, scope) : cx.check(ast.of, scope);
  const path = accessPath(ast);
  const key = path === null ? null : pathKey(path);
  const hidden = key === null ? undefined : scope.hidden?.get(key);
  if (hidden !== undefined) {
    if (!cx.failed(ast.of)) cx.report(ast, "FC3103", hidden);
    return typed({ ...ast, of: of.ast }, NEVER);
  }
  const base = resolve(of.type);
  const behindOptional = base.kind === "optional";
  const holder = behindOptional ? base.of : of.type;
  const asked = ast.opt === true || behindOptional;
  const made = (type: Type, opt: boolean): Typed => {
    const node: ExprAst = { op: "get", of: of.ast, name: ast.name, at: ast.at, ...(opt ? { opt: true } : {}) };
    return typed(node, asked ? optionalOf(type) : type);
  };

  if (isSilent(holder)) return made(holder, asked || mode === "loose");
  if (isNullable(holder) && !asked && mode !== "loose") needsNullTest(cx, of.ast, ast);
  const object = withoutNull(holder);
  const found = property(object, ast.name);
  switch (found.kind) {
    case "absent":
      unknownField(cx, ast, of, found.known);
      return made(NEVER, asked);
    case "unreadable":
      if (resolve(object).kind === "any") untyped(cx, of.ast);
      else if (!isSilent(object)) unreadable(cx, ast, object);
      return made(NEVER, asked);
    case "map": {
      const present = !asked && key !== null && holds(scope.present, key);
      const value = made(narrowed(found.type, ast, scope), !present);
      return present || mode === "loose" ? value : { ...value, type: optionalOf(value.type) };
    }
    case "field": {
      const type = narrowed(found.type, ast, scope);
      if (found.required || asked || mode === "loose") return made(type, asked || mode === "loose");
      if (key !== null && (holds(scope.present, key) || cx.assumed.has(key))) return made(type, false);
      // One cause, one error: with `.?` further left this is optional too.
      if (ast.of.op !== "get" || !cx.failed(ast.of)) {
        absent(cx, ast, { type, why: found.why, wrapped: mode === "wrapped", whole });
        if (key !== null) cx.assumed.add(key);
      }
      // One cause, one error: that it has no declared type either is not said too.
      const rest = resolve(type).kind === "any" ? NEVER : type;
      const wrapped = made(rest, mode === "wrapped");
      return mode === "wrapped" ? { ...wrapped, type: optionalOf(rest) } : wrapped;
    }
  }
}

/** Without null and without the cases of a union that a test has excluded. */
function narrowed(type: Type, ast: ExprAst, scope: Scope): Type {
  if (scope.present.size === 0 || (resolve(type).kind !== "union" && !isNullable(type))) return type;
  const path = accessPath(ast);
  if (path === null) return type;
  return remaining(isNullable(type) && holds(scope.present, notNull(path)) ? withoutNull(type) : type, path, scope.present);
}

/** `xs[0]`, `m[key]`: an element of a list, or a field whose name is computed. */
export function checkIndex(cx: Checking, ast: Index, scope: Scope): Typed {
  const of = cx.check(ast.of, scope);
  const index = cx.check(ast.index, scope);
  const base = resolve(of.type);
  const behindOptional = base.kind === "optional";
  const asked = ast.opt === true || behindOptional;
  let holder = behindOptional ? base.of : of.type;
  if (isNullable(holder) && !asked) holder = known(cx, of);
  holder = resolve(withoutNull(holder));
  const made = (type: Type, opt: boolean): Typed =>
    typed({ op: "index", of: of.ast, index: index.ast, at: ast.at, ...(opt ? { opt: true } : {}) }, opt ? optionalOf(type) : type);

  if (isSilent(holder)) {
    plain(cx, index);
    return made(holder, asked);
  }
  if (holder.kind === "any") {
    untyped(cx, of.ast);
    return made(NEVER, asked);
  }
  const items = isOnly(holder, "list") ? elementType(holder) : null;
  if (items !== null) {
    checkWhole(cx, index, of);
    return made(narrowed(items, ast, scope), asked);
  }
  if (isOnly(holder, "object")) return byName(cx, ast, holder, index, made, asked);
  const hint = isOnly(holder, "string") ? "write `text.substring(0, 1)` or `text.charAt(0)`" : undefined;
  cx.report(ast, "FC4109", `\`${source(cx, of.ast)}\` has no elements: it is no list and no object`, hint === undefined ? {} : { hint });
  return made(NEVER, asked);
}

function checkWhole(cx: Checking, index: Typed, of: Typed): void {
  const type = known(cx, index);
  const { ast } = index;
  if (ast.op === "lit" && typeof ast.value === "number" && ast.value < 0) {
    return cx.report(ast, "FC4109", "A list's index counts from 0, so this element is never there", { hint: `the last one is \`last(${source(cx, of.ast)})\`, an optional` });
  }
  if (!isOnly(type, "number")) cx.report(index.ast, "FC4109", "A list's index is a whole number", { hint: "the first element is `xs[0]`, and `xs[?0]` where it may be missing" });
  else if (!isInteger(type)) cx.report(index.ast, "FC4109", `\`${source(cx, index.ast)}\` may be a fraction, and a list's index is a whole number`, { hint: `write \`int(${source(cx, index.ast)})\`` });
}

function byName(cx: Checking, ast: Index, holder: Type, index: Typed, made: (type: Type, opt: boolean) => Typed, asked: boolean): Typed {
  const type = known(cx, index);
  if (!isOnly(type, "string")) {
    cx.report(index.ast, "FC4109", "A field's name is a text", { hint: "write `string(x)`" });
    return made(NEVER, asked);
  }
  const names = constantsOf(type);
  const found = names === null ? [] : names.map((name) => property(holder, String(name)));
  const types = found.flatMap((one) => (one.kind === "field" || one.kind === "map" ? [one.type] : []));
  if (names !== null && types.length === found.length) {
    return made(joinAll(types), asked || found.some((one) => one.kind === "map" || (one.kind === "field" && !one.required)));
  }
  const object = resolve(holder);
  if (object.kind === "object" && typeof object.rest !== "string") return made(joinAll([object.rest, ...[...object.fields.values()].map((field) => field.type)]), true);
  cx.report(index.ast, "FC4109", `\`${source(cx, ast.of)}\` has fixed fields, so the field's name must be known before the flow runs`, {
    hint: `its fields are ${fieldNames(holder).slice(0, 8).map((name) => `\`${name}\``).join(", ")}; a map has \`additionalProperties\` with a type`,
  });
  return made(NEVER, asked);
}
