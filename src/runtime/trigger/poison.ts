import type { FlowError } from "../../core/errors.js";
import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import type { Delivery } from "../../core/ports/bus.js";

/** A message that no run can come of, and why. */
export interface Poison {
  readonly verdict: "poison";
  readonly delivery: Delivery;
  readonly error: FlowError;
  /** Absent where the body did not decode. */
  readonly message?: Json;
}

export const poison = (delivery: Delivery, code: string, problem: string, message?: Json): Poison => ({
  verdict: "poison",
  delivery,
  error: { code, message: problem },
  ...(message === undefined ? {} : { message }),
});

/** An expression of the trigger failed on this message. */
export const poisonOf = (delivery: Delivery, thrown: unknown, what: string, message: Json): Poison =>
  poison(delivery, thrown instanceof StepError ? thrown.code : "expr", `${what}: ${messageOf(thrown)}`, message);
