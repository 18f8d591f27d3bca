import type { Type } from "../core/type.js";
import { pathKey } from "./facts.js";

/** What an expression may read. */
export interface Scope {
  readonly vars: ReadonlyMap<string, Type>;
  /** Access paths that are known to be there, "steps.found" "input.note", or not to be null, "input.note!null" (narrowing). */
  readonly present: ReadonlySet<string>;
  /** Names and paths that exist but cannot be read here, with the sentence that says why: "steps.inner" "msg". */
  readonly hidden?: ReadonlyMap<string, string>;
}

/** One access path of a root variable, with its place in the text. */
export interface ReadRange {
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** The scope behind a test that told us something. */
export function withPresent(scope: Scope, facts: ReadonlySet<string>): Scope {
  return facts.size === 0 ? scope : { ...scope, present: scope.present.union(facts) };
}

/** The scope in which `name` is a new variable: what was known about an outer one of that name does not hold. */
export function withVariable(scope: Scope, name: string, type: Type): Scope {
  const vars = new Map(scope.vars).set(name, type);
  // Nothing is known about a name that is new: in a long flow the facts are many, so they are not copied for nothing.
  if (!scope.vars.has(name) && scope.hidden?.has(pathKey([name])) !== true) return { ...scope, vars };
  const present = new Set([...scope.present].filter((path) => !isUnder(path, name)));
  if (scope.hidden === undefined) return { vars, present };
  return { vars, present, hidden: new Map([...scope.hidden].filter(([path]) => !isUnder(path, name))) };
}


const isUnder = (path: string, name: string): boolean => {
  const root = pathKey([name]);
  return path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}!`);
};
