import { joinAll } from "../../core/typing/join.js";
import { NEVER, resolve, type Type } from "../../core/type.js";
import { isNot, NOTHING } from "../facts.js";
import { constantsOf } from "./base.js";
import type { Typed } from "./context.js";

type Value = string | number | boolean;
type Outcomes = Pick<Typed, "whenTrue" | "whenFalse">;

const UNSAID: Outcomes = { whenTrue: NOTHING, whenFalse: NOTHING };

/** A test of a field that tells cases apart has few values: of longer enums nothing is remembered. */
const MOST = 100;

/** What it says that a field is, or is not, one of its possible values: what it is not then. */
export function oneOf(path: readonly string[] | null, type: Type, values: readonly Value[]): Outcomes {
  if (path === null || path.length < 2) return UNSAID;
  const possible = resolve(type).kind === "boolean" ? [true, false] : constantsOf(type);
  if (possible === null || possible.length > MOST || !values.every((value) => possible.includes(value))) return UNSAID;
  const facts = (excluded: readonly Value[]): ReadonlySet<string> => new Set(excluded.map((value) => isNot(path, value)));
  return { whenTrue: facts(possible.filter((value) => !values.includes(value))), whenFalse: facts(values) };
}

export const negated = ({ whenTrue, whenFalse }: Outcomes): Outcomes => ({ whenTrue: whenFalse, whenFalse: whenTrue });

/** The cases of a union that are left: those in which no field has only values that are known to be none of its. */
export function remaining(type: Type, path: readonly string[], facts: ReadonlySet<string>): Type {
  const at = resolve(type);
  if (at.kind !== "union") return type;
  const left = at.of.filter((member) => !isExcluded(member, path, facts));
  return left.length === at.of.length ? type : joinAll(left.map((member) => remaining(member, path, facts)));
}

function isExcluded(member: Type, path: readonly string[], facts: ReadonlySet<string>): boolean {
  const at = resolve(member);
  if (at.kind === "union") return resolve(remaining(at, path, facts)) === NEVER;
  if (at.kind !== "object") return false;
  for (const [name, { type, required }] of at.fields) {
    const values = required ? constantsOf(type) : null;
    if (values !== null && values.length > 0 && values.length <= MOST && values.every((value) => facts.has(isNot([...path, name], value)))) return true;
  }
  return false;
}
