import { resolve, type ObjectType, type Type } from "../type.js";

const WIDTH = 80;

/** A type as a message shows it: `Order`, `string[]`, `"a" | "b"`, `{ id: string, note?: string }`; at most about 80 characters. */
export function printType(type: Type): string {
  for (const depth of [4, 3, 2, 1]) {
    const text = print(type, depth);
    if (text.length <= WIDTH) return text;
  }
  return `${print(type, 1).slice(0, WIDTH - 2)} …`;
}

/** `depth`: how many levels of unnamed objects are spelled out. Names stop it, so recursive types end. */
function print(type: Type, depth: number): string {
  switch (type.kind) {
    case "ref":
      return type.name;
    case "const":
      return JSON.stringify(type.value);
    case "number":
      return type.integer ? "integer" : "number";
    case "list":
      return type.items.kind === "union" ? `(${print(type.items, depth)})[]` : type.items.kind === "never" ? "[]" : `${print(type.items, depth)}[]`;
    case "optional":
      return `optional ${print(type.of, depth)}`;
    case "union":
      return type.of.map((member) => print(member, depth)).join(" | ");
    case "object":
      return printObject(type, depth);
    default:
      return type.kind;
  }
}

function printObject(type: ObjectType, depth: number): string {
  if (type.name !== undefined) return type.name;
  if (type.fields.size === 0 && type.rest === "open") return "object";
  if (depth === 0) return "{ … }";
  const parts = [...type.fields].map(([name, field]) => `${fieldName(name)}${field.required ? "" : "?"}: ${print(field.type, depth - 1)}`);
  if (type.rest === "open") parts.push("…");
  else if (type.rest !== "closed") parts.push(`[key]: ${print(type.rest, depth - 1)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

const fieldName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

/** With an article, for sentences: "a string", "an integer", "a list", "an `Order`". */
export function describeType(type: Type): string {
  const at = resolve(type);
  if (at.kind === "number") return at.integer ? "an integer" : "a number";
  if (at.kind === "string" || at.kind === "boolean" || at.kind === "timestamp" || at.kind === "duration") return `a ${at.kind}`;
  if (at.kind === "null") return "null";
  if (at.kind === "list") return `a list (\`${printType(type)}\`)`;
  if (at.kind === "const") return `the ${typeof at.value} \`${JSON.stringify(at.value)}\``;
  return `\`${printType(type)}\``;
}
