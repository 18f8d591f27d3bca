import type { Type } from "../../core/type.js";
import type { Base } from "../check/base.js";

/**
 * What a function takes: a base, alternatives of bases, or any value. `optional` takes an empty optional too.
 * Whole numbers are asked for where an index or a count stands.
 */
export type Parameter = Base | "integer" | "optional" | "value" | readonly Base[];

export interface Signature {
  /** As users read it: `sortBy(xs, 'field')`. */
  readonly form: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** How many of the parameters may be left out at the end. */
  readonly optional?: number;
  /** The last parameter may be repeated. */
  readonly repeated?: true;
  /** The result for arguments that fit. A string is a problem with the first argument, as a sentence. */
  readonly result: (args: readonly Type[]) => Type | string;
}
