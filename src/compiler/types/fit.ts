import type { Span } from "../../core/diagnostic.js";
import type { JsonObject } from "../../core/json.js";
import { isJsonObject } from "../../core/json.js";
import { resolve, type ObjectType, type Type } from "../../core/type.js";
import { assignable, type Mismatch } from "../../core/typing/assign.js";
import { printType } from "../../core/typing/print.js";
import { similar } from "../../core/typing/similar.js";
import { constantsOf, isInteger, isNullable, isOnly, withoutNull } from "../../expr/check/base.js";
import type { Problems } from "../problems.js";
import { isLiteral, type TypedData } from "./data.js";
import type { Expected } from "./expected.js";
import { breaksRules } from "./literal-rules.js";

/**
 * Checks data against the type on the other side and reports at the narrowest place: the field's value, its key, or
 * the object that lacks it. True when it fits.
 */
export function fit(problems: Problems, typed: TypedData, expected: Expected, field?: string): boolean {
  if (typed.absent) {
    problems.report("FC4004", typed.span, `This may be absent, and ${expected.what} is required`, { hint: "give it a value with `.orValue(…)`, or leave the step out with `when`", related: declaredAt(expected) });
    return false;
  }
  return fitValue({ problems, expected }, typed, expected.type, anyLiteral(typed) ? expected.schema() : null, field === undefined ? [] : [field]);
}

interface Fitting {
  readonly problems: Problems;
  readonly expected: Expected;
}

/** Only literals are held against value rules: without one no schema is put together. */
const anyLiteral = (typed: TypedData): boolean =>
  isLiteral(typed) || (typed.parts?.kind === "object" && [...typed.parts.fields.values()].some(({ value }) => anyLiteral(value)));

/** `schema` belongs to `to` where the way down could be followed; null where it could not. */
function fitValue(cx: Fitting, typed: TypedData, to: Type, schema: JsonObject | boolean | null, path: readonly string[]): boolean {
  if (typed.failed) return true;
  // Value rules are looked at once, for the largest part that is literal.
  const whole = isLiteral(typed) && schema !== null;
  const fits = fitStructure(cx, typed, to, whole ? null : schema, path);
  return fits && whole ? fitRules(cx, typed, schema) : fits;
}

function fitStructure(cx: Fitting, typed: TypedData, to: Type, schema: JsonObject | boolean | null, path: readonly string[]): boolean {
  const target = resolve(to);
  if (target.kind === "any" || target.kind === "never") return true;
  if (typed.parts?.kind === "object") {
    const object = target.kind === "object" ? target : target.kind === "union" ? meant(typed, target.of) : null;
    if (object !== null) return fitObject(cx, typed, object, schema, path);
  }
  if (typed.parts?.kind === "list") {
    const lists = (target.kind === "union" ? target.of.map(resolve) : [target]).filter((one) => one.kind === "list");
    const [list] = lists;
    if (list !== undefined && lists.length === 1) {
      // Every element is looked at: a problem in the first does not hide one in the second.
      const fits = typed.parts.items.map((item) => fitValue(cx, item, list.items, null, [...path, "[]"]));
      return fits.every((one) => one);
    }
  }
  const mismatch = assignable(typed.type, to);
  if (mismatch !== null) reportMismatch(cx, typed, to, mismatch, path);
  return mismatch === null;
}

/** The object of a union that the data is meant for: the one whose constants it has. */
function meant(typed: TypedData, members: readonly Type[]): ObjectType | null {
  if (assignable(typed.type, { kind: "union", of: members }) === null) return null;
  const objects = members.map(resolve).filter((one) => one.kind === "object");
  const tagged = objects.filter((object) =>
    [...object.fields].every(([name, field]) => {
      if (resolve(field.type).kind !== "const" || typed.parts?.kind !== "object") return true;
      const own = typed.parts.fields.get(name);
      return own !== undefined && assignable(own.value.type, field.type) === null;
    }),
  );
  const [only] = tagged;
  return tagged.length === 1 && only !== undefined ? only : null;
}

function fitObject(cx: Fitting, typed: TypedData, to: ObjectType, schema: JsonObject | boolean | null, path: readonly string[]): boolean {
  if (typed.parts?.kind !== "object") return true;
  const { fields } = typed.parts;
  const unknown = to.rest === "closed" ? [...fields.keys()].filter((name) => !to.fields.has(name)) : [];
  const missing = [...to.fields].flatMap(([name, { required }]) => (required && !fields.has(name) ? [name] : []));
  // A field under a wrong name is one mistake, not one missing and one too many.
  const renamed = pair(unknown, missing);
  let fits = unknown.length === 0 && missing.length === 0;
  if (to.rest === "open") lookForTypos(cx, fields, to);
  for (const name of unknown) reportUnknown(cx, fields.get(name)?.key.span ?? typed.span, name, renamed.get(name) ?? null, to, path);
  for (const name of missing) if (![...renamed.values()].includes(name)) reportMissing(cx, typed, name, to, path);
  for (const [name, { value }] of fields) {
    const field = to.fields.get(name);
    const wanted = field?.type ?? (typeof to.rest === "string" ? null : to.rest);
    if (field?.required === true && value.absent) {
      cx.problems.report("FC4004", value.span, `This may be absent, and ${cx.expected.what} requires \`${[...path, name].join(".")}\``, { hint: "give it a value with `.orValue(…)`", related: declaredAt(cx.expected) });
      fits = false;
    } else if (wanted !== null && !fitValue(cx, value, wanted, below(schema, name), [...path, name])) fits = false;
  }
  return fits;
}

/** An open object takes any field; one typo away from a declared field that is not given, it is probably that. Short words are near to many. */
function lookForTypos({ problems, expected }: Fitting, fields: ReadonlyMap<string, { readonly key: { readonly span: Span } }>, to: ObjectType): void {
  const left = [...to.fields].flatMap(([name, { required }]) => (required || fields.has(name) ? [] : [name]));
  for (const [name, { key }] of fields) {
    const near = to.fields.has(name) ? null : similar(name, left);
    if (near !== null && near.length > 3 && near.charAt(0) === name.charAt(0)) problems.report("FC4014", key.span, `\`${name}\` is not declared in ${expected.what}, and looks like \`${near}\``, { hint: `did you mean \`${near}\`?`, related: declaredAt(expected) });
  }
}

/** Which unknown field stands for which missing one: the most similar, else the next. */
function pair(unknown: readonly string[], missing: readonly string[]): ReadonlyMap<string, string> {
  const left = new Set(missing);
  const pairs = new Map<string, string>();
  for (const name of unknown) {
    const near = similar(name, left);
    if (near === null) continue;
    pairs.set(name, near);
    left.delete(near);
  }
  for (const name of unknown) {
    const [next] = left;
    if (next === undefined || pairs.has(name)) continue;
    pairs.set(name, next);
    left.delete(next);
  }
  return pairs;
}

function reportMissing(cx: Fitting, typed: TypedData, name: string, to: ObjectType, path: readonly string[]): void {
  const typo = typed.parts?.kind === "object" ? similar(name, [...typed.parts.fields.keys()].filter((key) => !to.fields.has(key))) : null;
  const field = to.fields.get(name);
  cx.problems.report("FC4002", typed.span, `\`${[...path, name].join(".")}\` is missing: ${cx.expected.what} requires it`, {
    hint: typo === null ? (field === undefined ? "add it" : `add it: it is \`${printType(field.type)}\``) : `did you mean it by \`${typo}\`?`,
    related: declaredAt(cx.expected),
  });
}

function reportUnknown(cx: Fitting, span: Span, name: string, instead: string | null, to: ObjectType, path: readonly string[]): void {
  const known = [...to.fields.keys()];
  const near = similar(name, known) ?? instead;
  cx.problems.report("FC4003", span, `\`${[...path, name].join(".")}\` is no field of ${cx.expected.what}`, {
    hint: near !== null ? `did you mean \`${near}\`?` : known.length === 0 ? "it has no fields" : `its fields are ${known.slice(0, 12).map((one) => `\`${one}\``).join(", ")}`,
    related: declaredAt(cx.expected),
  });
}

function reportMismatch(cx: Fitting, typed: TypedData, to: Type, mismatch: Mismatch, path: readonly string[]): void {
  const whole = [...path, ...mismatch.path].reduce((text, part) => (part === "[]" ? `${text}[]` : text === "" ? part : `${text}.${part}`), "");
  const subject = whole === "" ? "" : `\`${whole}\`: `;
  cx.problems.report("FC4001", typed.span, `This does not fit ${cx.expected.what}: ${subject}${mismatch.message}`, { ...(mismatch.path.length === 0 ? conversion(typed, to) : {}), related: declaredAt(cx.expected) });
}

/** What makes one value of the other kind. */
function conversion({ data, type, meant }: TypedData, to: Type): { readonly hint?: string } {
  if (meant !== undefined) return { hint: `this is a text; what \`${meant}\` holds is written \`"\${${meant}}"\`` };
  const [given, wanted] = [constantsOf(type), constantsOf(to)];
  if (given !== null && wanted !== null) {
    const strange = given.find((value) => !wanted.includes(value));
    const near = typeof strange === "string" ? similar(strange, wanted.map(String)) : null;
    return near === null ? {} : { hint: `did you mean \`${near}\`?` };
  }
  if (data.data !== "hole") return {};
  const text = data.expr.text.trim();
  if (isNullable(type) && assignable(withoutNull(type), to) === null) return { hint: `\`${text}\` may be null: write \`\${${text} != null ? ${text} : …}\`` };
  if (isOnly(to, "string") && (isOnly(type, "number") || isOnly(type, "boolean"))) return { hint: `write \`\${string(${text})}\`` };
  if (isOnly(to, "string") && (isOnly(type, "list") || isOnly(type, "object"))) return { hint: `write \`\${json(${text})}\`, or read a part of it` };
  return isInteger(to) && isOnly(type, "number") ? { hint: `write \`\${int(${text})}\`` } : {};
}

/** Value rules of a schema, for data that is literal as a whole: what would fail at run time for sure. */
function fitRules(cx: Fitting, typed: TypedData, schema: JsonObject | boolean): boolean {
  if (typed.data.data !== "literal") return true;
  const issues = breaksRules(schema, typed.data.value);
  for (const { path, message } of issues) {
    cx.problems.report("FC4010", placeOf(typed, path).span, `This does not fit ${cx.expected.what}: ${message}`, { related: declaredAt(cx.expected) });
  }
  return issues.length === 0;
}

/** Follows `/items/0/sku` as far as it was written out. */
function placeOf(typed: TypedData, path: string): TypedData {
  let at = typed;
  for (const part of path.split(/[/.[\]]+/).filter((one) => one !== "")) {
    const next = at.parts?.kind === "object" ? at.parts.fields.get(part)?.value : at.parts?.kind === "list" ? at.parts.items[Number(part)] : undefined;
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** The schema of a property, self-contained like the whole; null where the way is not a plain one. */
function below(schema: JsonObject | boolean | null, name: string): JsonObject | boolean | null {
  const whole = schema === null ? null : followRef(schema);
  if (whole === null || !isJsonObject(whole.properties)) return null;
  const property = whole.properties[name];
  if (!isJsonObject(property)) return typeof property === "boolean" ? property : null;
  return whole.$defs === undefined ? property : { ...property, $defs: whole.$defs };
}

function followRef(schema: JsonObject | boolean): JsonObject | null {
  if (typeof schema === "boolean") return null;
  if (typeof schema.$ref !== "string") return schema;
  const [, name] = /^#\/\$defs\/([^/~%]+)$/.exec(schema.$ref) ?? [];
  const found = name !== undefined && isJsonObject(schema.$defs) ? schema.$defs[name] : undefined;
  return isJsonObject(found) && schema.$defs !== undefined ? { ...found, $defs: schema.$defs } : null;
}

const declaredAt = ({ declared, what }: Expected): readonly { span: Span; message: string }[] => (declared === undefined ? [] : [{ span: declared, message: `${what} is declared here` }]);
