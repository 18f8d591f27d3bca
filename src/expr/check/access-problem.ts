import type { ExprAst } from "../../core/expression.js";
import { describeType } from "../../core/typing/print.js";
import { elementType, fieldNames, property } from "../../core/typing/property.js";
import { similar } from "../../core/typing/similar.js";
import { resolve, type Type } from "../../core/type.js";
import { FUNCTION_NAMES, NAMESPACES } from "../library/table.js";
import type { Scope } from "../scope.js";
import { isOnly } from "./base.js";
import { source, type Checking, type Place, type Typed } from "./context.js";
import { defaultFor } from "./default.js";

type Get = Extract<ExprAst, { op: "get" }>;

/** Where the name stands in `a.name`; the whole node for `a['name']`. */
export function nameOf(cx: Checking, ast: Get): Place {
  const start = ast.at[1] - ast.name.length;
  return cx.text.slice(start, ast.at[1]) === ast.name ? { start, end: ast.at[1] } : { start: ast.at[0], end: ast.at[1] };
}

export function unknownField(cx: Checking, ast: Get, of: Typed, names: readonly string[]): void {
  const place = nameOf(cx, ast);
  const written = place.end - place.start === ast.name.length;
  const holder = source(cx, ast.of);
  const meant = similar(ast.name, names);
  const message = ast.of.op === "var" && ast.of.name === "steps" ? `There is no step \`${ast.name}\` that can be read here` : `\`${ast.name}\` is no field of \`${holder}\`${named(of.type)}`;
  if (meant !== null) return cx.report(place, "FC3101", message, { hint: `did you mean \`${meant}\`?`, ...(written ? { fix: meant } : {}) });
  const shown = names.slice(0, 8).map((name) => `\`${name}\``).join(", ");
  const hint = names.length === 0 ? "it declares no fields" : `it has ${shown}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`;
  return cx.report(place, "FC3101", message, { hint });
}

const named = (type: Type): string => {
  const at = resolve(type);
  const name = at.kind === "optional" ? resolve(at.of) : at;
  return name.kind === "object" && name.name !== undefined ? ` (\`${name.name}\`)` : "";
};

export function unreadable(cx: Checking, ast: Get, holder: Type): void {
  const text = source(cx, ast.of);
  const element = elementType(holder);
  const ofElement = element !== null && property(element, ast.name).kind === "field";
  const hint = isOnly(holder, "list") && (ofElement || !FUNCTION_NAMES.has(ast.name))
    ? `read an element, \`${text}[0].${ast.name}\`, or all of them, \`${text}.map(x, x.${ast.name})\``
    : FUNCTION_NAMES.has(ast.name)
      ? `to call the function write \`${text}.${ast.name}()\``
      : undefined;
  const length = ["length", "len", "count", "size"].includes(ast.name)
    ? `write \`size(${text})\``
    : isOnly(holder, "timestamp")
      ? `its parts are functions: \`${text}.getFullYear()\`, \`getMonth()\`, \`getDate()\`, \`getHours()\``
      : hint;
  cx.report(nameOf(cx, ast), "FC4109", `\`${text}\` is ${describeType(holder)} and has no field \`${ast.name}\``, length === undefined ? {} : { hint: length });
}

export function needsNullTest(cx: Checking, of: ExprAst, ast: Get): void {
  const text = source(cx, of);
  cx.report(of, "FC4105", `\`${text}\` may be null, so \`${ast.name}\` cannot be read from it`, { hint: `test it first: \`${text} != null && …\`, or read \`${text}.?${ast.name}.orValue(…)\`` });
}

export function absent(cx: Checking, ast: Get, what: { readonly type: Type; readonly why: string | undefined; readonly wrapped: boolean; /** The read that it is part of: `a.b.c` around `a.b`. */ readonly whole: Get }): void {
  const text = source(cx, ast);
  const holder = cx.text.slice(ast.at[0], ast.at[1] - ast.name.length - 1);
  const dotted = cx.text.slice(ast.at[0], ast.at[1]) === `${holder}.${ast.name}`;
  const asked = dotted ? `${holder}.?${ast.name}` : `${cx.text.slice(ast.at[0], ast.of.at[1])}[?'${ast.name}']`;
  const message = `\`${text}\` may be absent${what.why === undefined ? "" : `: ${what.why}`}`;
  if (what.wrapped) return cx.report(ast, "FC4100", message, { hint: `write \`${asked}\` in front of \`orValue\``, fix: asked });
  const nullTest = cx.nullTests.get(what.whole);
  if (nullTest !== undefined) return cx.report(ast, "FC4100", message, { hint: `whether it is there is \`${nullTest === "==" ? "!" : ""}has(${source(cx, what.whole)})\`, in the place of the comparison with null` });
  const fallback = what.whole === ast ? defaultFor(what.type) : null;
  const fix = fallback === null ? {} : { fix: `${asked}.orValue(${fallback})` };
  const rest = cx.text.slice(ast.at[1], what.whole.at[1]);
  return cx.report(ast, "FC4100", message, { hint: `write \`${asked}${rest}.orValue(${fallback ?? "…"})\`, or test \`has(${source(cx, what.whole)})\` first`, ...fix });
}

const LITERALS: Readonly<Record<string, string>> = { True: "true", TRUE: "true", False: "false", FALSE: "false", None: "null", nil: "null", undefined: "null", NULL: "null", Null: "null" };

export function unknownVariable(cx: Checking, ast: Extract<ExprAst, { op: "var" }>, scope: Scope): void {
  const { name } = ast;
  const literal = Object.hasOwn(LITERALS, name) ? LITERALS[name] : undefined;
  const owner = [...scope.vars].find(([, type]) => fieldNames(type).includes(name));
  const meant = literal ?? (owner === undefined ? similar(name, [...scope.vars.keys(), ...NAMESPACES]) : `${owner[0]}.${name}`);
  const message = `There is nothing called \`${name}\` here`;
  if (meant !== null) return cx.report(ast, "FC3100", message, { hint: `did you mean \`${meant}\`?`, fix: meant });
  if (name === "env" || name === "secrets" || /^[A-Z][A-Z0-9_]+$/.test(name)) {
    return cx.report(ast, "FC3100", message, { hint: "a secret is written `${env:NAME}` and may stand in connection fields only (url, headers, api_key, base_url)" });
  }
  const isKey = /^\s*:/.test(cx.text.slice(ast.at[1])) && /[{,]\s*$/.test(cx.text.slice(0, ast.at[0]));
  if (isKey) return cx.report(ast, "FC3100", message, { hint: `a key of a map is a text: write \`'${name}'\``, fix: `'${name}'` });
  const names = [...scope.vars.keys()].map((one) => `\`${one}\``).join(", ");
  return cx.report(ast, "FC3100", message, { hint: names === "" ? `a text is written in quotes: \`'${name}'\`` : `in scope: ${names}; a text is written in quotes: \`'${name}'\`` });
}
