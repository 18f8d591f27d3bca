import { resolve, type Type } from "../../core/type.js";
import { remaining } from "../../expr/check/excluded.js";
import { pathKey } from "../../expr/facts.js";

/**
 * A type in which the paths that are known to be there are required, and without the cases that are known not to be: what a
 * flow takes whose trigger's `where` let only such messages through. `facts` are "input.note", "input.a.b", "input.kind!=\"a\"".
 */
export function narrowedBy(type: Type, facts: Iterable<string>, root: string): Type {
  let narrowed = type;
  for (const fact of facts) {
    const [first, ...path] = fact.split(".");
    if (first === root && path.every((name) => /^\w+$/.test(name))) narrowed = require(narrowed, path);
  }
  const all = new Set(facts);
  return [...all].some((fact) => fact.includes("!=")) ? without(narrowed, [root], all) : narrowed;
}

function without(type: Type, path: readonly string[], facts: ReadonlySet<string>): Type {
  const left = remaining(type, path, facts);
  const at = resolve(left);
  const under = `${pathKey(path)}.`;
  // Recursive types go on for ever, what is known does not.
  if (at.kind !== "object" || ![...facts].some((fact) => fact.startsWith(under))) return left;
  return { ...at, fields: new Map([...at.fields].map(([name, field]) => [name, { ...field, type: without(field.type, [...path, name], facts) }])) };
}

function require(type: Type, [name, ...rest]: readonly string[]): Type {
  const at = resolve(type);
  const field = name === undefined || at.kind !== "object" ? undefined : at.fields.get(name);
  if (name === undefined || at.kind !== "object" || field === undefined) return type;
  const fields = new Map(at.fields).set(name, { type: require(field.type, rest), required: true });
  return { ...at, fields };
}
