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
      reportCircle(problems, chain.slice(chain.indexOf(next)));
      return null;
    }
    chain.push(next);
  }
}

/** One problem for a circle, wherever it was entered: at the declaration that stands first. */
function reportCircle<S extends Extending>(problems: Problems, circle: readonly Declared<S>[]): void {
  const [first] = circle.toSorted((a, b) => (a.file.path < b.file.path ? -1 : a.file.path > b.file.path ? 1 : a.span.start - b.span.start));
  if (first === undefined) return;
  const turned = [...circle.slice(circle.indexOf(first)), ...circle.slice(0, circle.indexOf(first)), first].map(({ name }) => `\`${name}\``).join(" → ");
  problems.report("FC3011", first.value.extends?.span ?? first.span, circle.length === 1 ? `\`${first.name}\` extends itself` : `These extend each other in a circle: ${turned}`);
}

/** A field after the shallow override, with the declaration that says it: its names resolve there. */
export function inherited<S extends Extending, V>(chain: Lineage<S>, read: (value: Declared<S>["value"]) => V | undefined): { readonly value: V; readonly from: Declared<S> } | null {
  for (const from of chain) {
    const value = read(from.value);
    if (value !== undefined) return { value, from };
  }
  return null;
}
