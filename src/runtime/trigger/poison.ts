import type { FlowError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";

/** A message that no run can be made of (LANGUAGE §8): it goes to the dlq with the reason. */
export interface Poison {
  readonly error: FlowError;
  /** Absent where it did not decode. */
  readonly message?: Json;
}

export const isPoison = (value: object): value is Poison => Object.hasOwn(value, "error");
