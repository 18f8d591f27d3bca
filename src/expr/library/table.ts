import { join } from "../../core/typing/join.js";
import { BOOLEAN, INTEGER, NEVER, NUMBER, optionalOf, resolve, type Type } from "../../core/type.js";
import { isInteger } from "../check/base.js";
import { LISTS } from "./lists.js";
import type { Signature } from "./signature.js";
import { TEXTS, TIMES } from "./texts.js";

const inner = (type: Type | undefined): Type => {
  const at = resolve(type ?? NEVER);
  return at.kind === "optional" ? at.of : at;
};
const optional = (form: string, description: string, parameters: Signature["parameters"], result: Signature["result"]): Signature => ({ form, description, parameters, result });

const OPTIONALS: Readonly<Record<string, Signature>> = {
  orValue: optional("o.orValue(d)", "The optional's value, else d.", ["optional", "value"], ([o, d]) => join(inner(o), inner(d))),
  or: optional("o.or(p)", "The first of two optionals that has a value.", ["optional", "optional"], ([o, p]) => optionalOf(join(inner(o), inner(p)))),
  hasValue: optional("o.hasValue()", "Whether an optional has a value.", ["optional"], () => BOOLEAN),
  value: optional("o.value()", "The optional's value; an error where it has none.", ["optional"], ([o]) => inner(o)),
  "optional.of": optional("optional.of(x)", "A value as an optional.", ["value"], ([x]) => optionalOf(inner(x))),
  "optional.none": optional("optional.none()", "The empty optional: its key is left out.", [], () => optionalOf(NEVER)),
};

const whole = ([x]: readonly Type[]): Type => (x !== undefined && isInteger(x) ? INTEGER : NUMBER);
const MATH: Readonly<Record<string, Signature>> = {
  "math.greatest": { form: "math.greatest(a, b, …)", description: "The largest of several numbers.", parameters: ["number"], repeated: true, result: (args) => (args.every(isInteger) ? INTEGER : NUMBER) },
  "math.least": { form: "math.least(a, b, …)", description: "The smallest of several numbers.", parameters: ["number"], repeated: true, result: (args) => (args.every(isInteger) ? INTEGER : NUMBER) },
  "math.round": { form: "math.round(x)", description: "The nearest whole number, halves away from zero.", parameters: ["number"], result: () => INTEGER },
  "math.floor": { form: "math.floor(x)", description: "The next whole number below.", parameters: ["number"], result: () => INTEGER },
  "math.ceil": { form: "math.ceil(x)", description: "The next whole number above.", parameters: ["number"], result: () => INTEGER },
  "math.trunc": { form: "math.trunc(x)", description: "Without the fraction.", parameters: ["number"], result: () => INTEGER },
  "math.abs": { form: "math.abs(x)", description: "Without the sign.", parameters: ["number"], result: whole },
  "math.sign": { form: "math.sign(x)", description: "-1, 0 or 1.", parameters: ["number"], result: () => INTEGER },
};

/** Every function of the language by name, under the titles that the reference gives them. */
export const GROUPS: Readonly<Record<string, Readonly<Record<string, Signature>>>> = { "Lists and objects": LISTS, "Texts and conversions": TEXTS, Time: TIMES, Optionals: OPTIONALS, Numbers: MATH };

export const SIGNATURES: ReadonlyMap<string, Signature> = new Map(Object.values(GROUPS).flatMap((group) => Object.entries(group)));

/** Words before a dot that are no variables. */
export const NAMESPACES: readonly string[] = ["math", "optional"];

/** They are called like functions, but their arguments are no values. */
export const MACROS: Readonly<Record<string, Pick<Signature, "form" | "description">>> = {
  has: { form: "has(x.field)", description: "Whether an optional field, or the output of a step that may not run, is there." },
  map: { form: "xs.map(x, f)", description: "f for each element." },
  filter: { form: "xs.filter(x, p)", description: "The elements for which p holds." },
  all: { form: "xs.all(x, p)", description: "Whether p holds for every element; true for none." },
  exists: { form: "xs.exists(x, p)", description: "Whether p holds for an element." },
  exists_one: { form: "xs.exists_one(x, p)", description: "Whether p holds for just one element." },
  optMap: { form: "o.optMap(x, f)", description: "f of the optional's value, as an optional." },
  optFlatMap: { form: "o.optFlatMap(x, f)", description: "f of the optional's value, where f is an optional itself." },
};

export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...SIGNATURES.keys(), ...Object.keys(MACROS)]);
