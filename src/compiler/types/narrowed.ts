import { resolve, type Type } from "../../core/type.js";

/**
 * A type in which the paths that are known to be there are required: what a flow takes whose trigger's `where` let only
 * such messages through. `facts` are "input.note", "input.a.b".
 */
export function narrowedBy(type: Type, facts: Iterable<string>, root: string): Type {
  let narrowed = type;
  for (const fact of facts) {
    const [first, ...path] = fact.split(".");
    if (first === root && path.every((name) => /^\w+$/.test(name))) narrowed = require(narrowed, path);
  }
  return narrowed;
}

function require(type: Type, [name, ...rest]: readonly string[]): Type {
  const at = resolve(type);
  const field = name === undefined || at.kind !== "object" ? undefined : at.fields.get(name);
  if (name === undefined || at.kind !== "object" || field === undefined) return type;
  const fields = new Map(at.fields).set(name, { type: require(field.type, rest), required: true });
  return { ...at, fields };
}
