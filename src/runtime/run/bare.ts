/**
 * An object without inherited properties that V8 keeps in fast mode: what `Object.create(null)` gives is a
 * dictionary, twenty times slower to fill. Root variables, `steps`, `info` and `branches` are such objects.
 */
export class Bare {
  [name: string]: unknown;
}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, "constructor");

export const bare = (values: Readonly<Record<string, unknown>>): Bare => Object.assign(new Bare(), values);

/** A copy to add names to: names in it hide those of the block around it. */
export function extend(parent: Bare): Bare {
  const made = new Bare();
  for (const name in parent) made[name] = parent[name];
  return made;
}
