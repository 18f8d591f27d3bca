import type { Problems } from "../problems.js";
import type { Located } from "../shape/ast.js";
import type { Declared } from "./namespace.js";
import { resolveName } from "./resolve.js";

type Extending = "agents" | "tools" | "models" | "policies";

/** A declaration and those that it extends, the nearest first. */
export type Lineage<S extends Extending> = readonly [Declared<S>, ...Declared<S>[]];

/** Null where `extends` names what is not there, or leads back to itself. */
export function lineage<S extends Extending>(problems: Problems, declared: Declared<S>): Lineage<S> | null {
  const chain: [Declared<S>, ...Declared<S>[]] = [declared];
  for (;;) {
    const last = chain[chain.length - 1] ?? declared;
    const base: Located<string> | undefined = last.value.extends;
    if (base === undefined) return chain;
    const next = resolveName(problems, last.home, last.section, base);
    if (next === null) return null;
    if (chain.includes(next)) {
      const circle = [...chain.slice(chain.indexOf(next)), next].map(({ name }) => `\`${name}\``).join(" → ");
      problems.report("FC3011", base.span, next === last ? `\`${last.name}\` extends itself` : `These extend each other in a circle: ${circle}`);
      return null;
    }
    chain.push(next);
  }
}

/** A field after the shallow override, with the declaration that says it: its names resolve there. */
export function inherited<S extends Extending, V>(chain: Lineage<S>, read: (value: Declared<S>["value"]) => V | undefined): { readonly value: V; readonly from: Declared<S> } | null {
  for (const from of chain) {
    const value = read(from.value);
    if (value !== undefined) return { value, from };
  }
  return null;
}
