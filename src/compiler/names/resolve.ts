import { similar } from "../../core/typing/similar.js";
import type { Located } from "../shape/ast.js";
import type { Problems } from "../problems.js";
import { find, has, KIND, SECTIONS, visible, type Declared, type Namespace, type Section } from "./namespace.js";

/** What a name stands for; null after a problem, or where something that is missing says nothing. */
export function resolveName<S extends Section>(problems: Problems, space: Namespace, section: S, name: Located<string>): Declared<S> | null {
  const found = find(space, section, name.value);
  if (found === null) unknownName(problems, space, section, name);
  return found === "unknown" ? null : found;
}

export function unknownName(problems: Problems, space: Namespace, section: Section, { value: name, span }: Located<string>): void {
  problems.report("FC3001", span, `There is no ${KIND[section]} named \`${name}\``, { hint: hintFor(space, section, name) });
}

function hintFor(space: Namespace, section: Section, name: string): string {
  const other = SECTIONS.find((one) => one !== section && one !== "types" && has(space, one, name));
  if (other !== undefined) return `\`${name}\` is ${article(KIND[other])}: a step that uses it is \`${USE[other] ?? KIND[other]}: ${name}\``;
  const names = [...visible(space, section)];
  return didYouMean(name, names, `declare it under \`${section}:\``);
}

/** The step kinds that are not called as what they use. */
const USE: Readonly<Partial<Record<Section, string>>> = { topics: "emit", tables: "get" };

const article = (word: string): string => `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;

/** The name that was meant, else those that there are, else what to do. */
export function didYouMean(name: string, names: readonly string[], otherwise: string): string {
  const near = names.find((one) => one.endsWith(`.${name}`)) ?? similar(name, names);
  if (near !== null) return `did you mean \`${near}\`?`;
  if (names.length === 0) return otherwise;
  const shown = names.slice(0, 8).map((one) => `\`${one}\``);
  return `there ${names.length === 1 ? "is" : "are"} ${shown.join(", ")}${names.length > shown.length ? " and more" : ""}`;
}

