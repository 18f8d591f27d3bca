import { resolve, STRING, type Type } from "../../core/type.js";
import { joinAll } from "../../core/typing/join.js";

/** A type made of its parts. One that stands in another many times over is looked at once. */
const byParts = (convert: (type: Type, part: (type: Type) => Type) => Type) => (whole: Type): Type => {
  const made = new Map<Type, Type>();
  const part = (type: Type): Type => {
    const found = made.get(type) ?? convert(type, part);
    made.set(type, found);
    return found;
  };
  return part(whole);
};

/** What an expression's value is once it stands in data: timestamps and durations become text. */
export const asData = byParts((type, part) => {
  // Declared types hold JSON already, and may contain themselves: only what an expression made can hold times.
  if (type.kind === "ref") return type;
  const at = resolve(type);
  switch (at.kind) {
    case "timestamp":
    case "duration":
      return STRING;
    case "list": {
      const items = part(at.items);
      return items === at.items ? type : { ...at, items };
    }
    case "union": {
      const members = at.of.map(part);
      return members.every((member, index) => member === at.of[index]) ? type : joinAll(members);
    }
    case "object": {
      if (at.name !== undefined) return type;
      const fields = new Map([...at.fields].map(([name, field]) => [name, { ...field, type: part(field.type) }]));
      const rest = typeof at.rest === "string" ? at.rest : part(at.rest);
      const same = rest === at.rest && [...at.fields].every(([name, field]) => fields.get(name)?.type === field.type);
      return same ? type : { ...at, fields, rest };
    }
    case "any":
    case "never":
    case "null":
    case "boolean":
    case "number":
    case "string":
    case "const":
    case "optional":
      return type;
  }
});

/** What a loop's state is when only `init` says it: constants become string, number, boolean. */
export const widen = byParts((type, part) => {
  const at = resolve(type);
  switch (at.kind) {
    case "const":
      return typeof at.value === "string" ? STRING : typeof at.value === "boolean" ? { kind: "boolean" } : { kind: "number", integer: false };
    case "number":
      return { kind: "number", integer: false };
    case "list":
      return type.kind === "ref" ? type : { kind: "list", items: part(at.items) };
    case "union":
      return at.of.every((member) => resolve(member).kind === "const") ? joinAll(at.of.map(part)) : type;
    case "object":
      if (at.name !== undefined || type.kind === "ref") return type;
      return { ...at, fields: new Map([...at.fields].map(([name, field]) => [name, { ...field, type: part(field.type) }])), rest: typeof at.rest === "string" ? at.rest : part(at.rest) };
    // What went wrong in `init` takes and gives anything.
    case "never":
      return { kind: "any", dynamic: true, wrong: true };
    case "any":
    case "null":
    case "boolean":
    case "string":
    case "optional":
    case "timestamp":
    case "duration":
      return type;
  }
});
