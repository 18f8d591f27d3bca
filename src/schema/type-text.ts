/** A type written as text: a name or a built-in with `[]` and `?`, or `a | b`. */
export type TypeText =
  | { readonly kind: "name"; readonly name: string; readonly lists: number; readonly optional: boolean }
  | { readonly kind: "enum"; readonly values: readonly string[]; readonly optional: boolean }
  | { readonly kind: "bad"; readonly message: string; readonly hint?: string; readonly fix?: string };

/** What walks a type recurses: a text of thousands of `[]` would end the stack. */
const MAX_LISTS = 32;
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;

export const BUILTINS: ReadonlySet<string> = new Set(["string", "number", "integer", "boolean"]);

/** What other languages call the built-in types. */
export const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["str", "string"], ["text", "string"], ["String", "string"], ["Text", "string"], ["char", "string"], ["int", "integer"], ["long", "integer"], ["Int", "integer"], ["Integer", "integer"],
  ["float", "number"], ["double", "number"], ["decimal", "number"], ["Number", "number"], ["num", "number"], ["Float", "number"], ["bool", "boolean"], ["Boolean", "boolean"], ["Bool", "boolean"],
]);

export function parseTypeText(source: string): TypeText {
  const text = source.trim();
  const optional = text.endsWith("?");
  const body = optional ? text.slice(0, -1).trimEnd() : text;
  if (text === "") return { kind: "bad", message: "a type is missing here", hint: "write a type's name, `string`, `number`, `integer`, `boolean`, or an inline schema" };
  if (body.includes("|")) return parseEnum(text, body, optional);
  const lists = /(?:\s*\[\s*\])*$/.exec(body)?.[0] ?? "";
  const name = body.slice(0, body.length - lists.length).trimEnd();
  const depth = lists.split("[").length - 1;
  if (depth > MAX_LISTS) return { kind: "bad", message: `lists are nested ${depth} deep here, and ${MAX_LISTS} levels are allowed` };
  if (NAME.test(name)) return { kind: "name", name, lists: depth, optional };
  return foreignForm(text);
}

function parseEnum(text: string, body: string, optional: boolean): TypeText {
  const values = body.split("|").map((part) => unquote(part.trim()));
  const bad = values.find((value) => !/^[\p{L}\p{N}_][\p{L}\p{N}_ ./:+-]*$/u.test(value));
  if (bad !== undefined) return { kind: "bad", message: `\`${text}\` is no list of words: \`a | b\` is an enum of strings`, hint: 'write `{ enum: ["…", "…"] }` for other values, or `{ anyOf: [ … ] }` for other types' };
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  return twice === undefined ? { kind: "enum", values, optional } : { kind: "bad", message: `\`${twice}\` stands twice in \`${text}\`` };
}

const unquote = (part: string): string => /^"([^"]*)"$|^'([^']*)'$/.exec(part)?.slice(1).find((inner) => inner !== undefined) ?? part;

/** Forms of other languages: `List<T>`, `[T]`, `Optional<T>`, `map<string, T>`. */
function foreignForm(text: string): TypeText {
  const message = `\`${text}\` is no type`;
  const list = /^(?:list|array|List|Array)\s*[<[(]\s*([\w.-]+)\s*[>\])]$/.exec(text) ?? /^\[\s*([\w.-]+)\s*\]$/.exec(text) ?? /^\[\]\s*([\w.-]+)$/.exec(text);
  if (list) return { kind: "bad", message, hint: `a list is \`${list[1]}[]\``, fix: `${list[1]}[]` };
  const optional = /^(?:optional|Optional|Option|Maybe)\s*[<[(]\s*([\w.-]+)\s*[>\])]$/.exec(text);
  if (optional) return { kind: "bad", message, hint: `an optional field is \`${optional[1]}?\``, fix: `${optional[1]}?` };
  if (/^(?:map|dict|Map|Dict|Record|record)\b/.test(text)) return { kind: "bad", message, hint: "a map is `{ type: object, additionalProperties: { type: number } }`" };
  if (/^#\/|\.json(?:$|#)/.test(text)) return { kind: "bad", message, hint: `a schema is referred to as \`{ $ref: "${text}" }\`` };
  return { kind: "bad", message, hint: "write a type's name, `T[]`, `string`, `number`, `integer`, `boolean`, or an inline schema" };
}
