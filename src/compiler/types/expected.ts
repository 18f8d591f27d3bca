import type { Span } from "../../core/diagnostic.js";
import type { JsonObject } from "../../core/json.js";
import { ANY, NEVER, type Type } from "../../core/type.js";

/** A type with the schema that it was made from: value rules (`pattern`, `minimum`) are only there. */
export interface Shape {
  readonly type: Type;
  /** Self-contained; put together when somebody asks. */
  readonly schema: () => JsonObject | boolean;
}

/** What stands on the other side of a piece of data. */
export interface Expected extends Shape {
  /** "the input of `critic`" */
  readonly what: string;
  /** Where it was declared. */
  readonly declared?: Span;
}

/** Any JSON. */
export const ANYTHING: Shape = { type: ANY, schema: () => true };
/** What a problem leaves behind: everything fits it, and nothing more is said. */
export const UNKNOWN: Shape = { type: NEVER, schema: () => true };
