import type { HttpMethod, TextForm } from "../../core/plan/flow-plan.js";
import { resolve, type ObjectType, type Type } from "../../core/type.js";
import { similar } from "../../core/typing/similar.js";
import { basesOf, isOnly } from "../../expr/check/base.js";
import type { Problems } from "../problems.js";
import type { Located } from "../shape/ast.js";
import type { Expected } from "./expected.js";

/** How the texts of a request's path, and of its query where it has no body, become fields of the message. */
export function textsOf(problems: Problems, method: HttpMethod, path: Located<string>, input: Expected): Readonly<Record<string, TextForm>> {
  const names = [...path.value.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const queried = method === "GET" || method === "DELETE";
  const type = resolve(input.type);
  if (type.kind === "never" || (names.length === 0 && !queried)) return {};
  if (type.kind !== "object") {
    const what = names.length > 0 ? `\`{${names[0]}}\` is a field of the message` : `what a ${method} request says stands in its query, so the message has fields`;
    problems.report("FC4030", path.span, `${what}, and ${input.what} is no object`, declaredAt(input));
    return {};
  }
  const texts = new Map<string, TextForm>();
  if (queried) for (const [name, field] of type.fields) texts.set(name, formOf(field.type));
  for (const name of names) {
    const field = type.fields.get(name);
    if (field === undefined) {
      reportUnknown(problems, path, name, type, input);
      continue;
    }
    const form = formOf(field.type);
    if (form.list === true || isOnly(field.type, "object")) problems.report("FC4030", path.span, `\`{${name}}\` is one segment of a path, and no list or object`, declaredAt(input));
    else texts.set(name, form);
  }
  return Object.fromEntries(texts);
}

function reportUnknown(problems: Problems, path: Located<string>, name: string, { fields }: ObjectType, input: Expected): void {
  const near = similar(name, fields.keys());
  const known = [...fields.keys()].slice(0, 12).map((one) => `\`${one}\``);
  const hint = near !== null ? `did you mean \`{${near}}\`?` : known.length === 0 ? "it has no fields" : `its fields are ${known.join(", ")}`;
  problems.report("FC4030", path.span, `\`{${name}}\` is no field of ${input.what}`, { hint, ...declaredAt(input) });
}

/** A text may stand for itself wherever the type takes one. */
function formOf(type: Type): TextForm {
  const at = resolve(type);
  if (at.kind === "list") return { ...formOf(at.items), list: true };
  const bases = basesOf(at);
  return { as: bases.has("string") || bases.has("any") || bases.size === 0 ? "text" : "json" };
}

const declaredAt = ({ declared, what }: Expected): { readonly related?: readonly { readonly span: NonNullable<Expected["declared"]>; readonly message: string }[] } => (declared === undefined ? {} : { related: [{ span: declared, message: `${what} is declared here` }] });
