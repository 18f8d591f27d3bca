import { type FlowError, InfraError, StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import type { Path } from "../../core/run-id.js";
import { JournalLost } from "./journal.js";
import { Cancelled } from "./scope.js";

/** An error of the flow on its way to the next `catch`. */
export class Raised extends Error {
  override readonly name = "Raised";
  readonly error: FlowError;
  /** The path whose `step.failed` holds it: that path's one terminal event (I9). */
  recorded: Path | null;
  /** Nobody knows whether a write below has happened (I20). */
  readonly unknown: boolean;
  constructor(error: FlowError, recorded: Path | null = null, unknown = false) {
    super(error.message);
    this.error = error;
    this.recorded = recorded;
    this.unknown = unknown;
  }
}

/** A `return` on its way to the end of its flow: no `catch` sees it. */
export class Returned extends Error {
  override readonly name = "Returned";
  readonly value: Json;
  constructor(value: Json) {
    super("return");
    this.value = value;
  }
}

export const flowError = (thrown: StepError, step: Path, attempts: number): FlowError => ({
  code: thrown.code,
  message: thrown.message,
  step,
  attempts,
  ...(thrown.data === undefined ? {} : { data: thrown.data }),
  ...(thrown.cause instanceof Raised ? { cause: thrown.cause.error } : {}),
});

/** What a `catch` may see. Everything that is no error of the flow goes on to its own receiver. */
export function raisedFrom(thrown: unknown, step: Path): Raised {
  if (thrown instanceof Raised) return thrown;
  if (thrown instanceof StepError) return new Raised(flowError(thrown, step, 1));
  if (isControl(thrown)) throw thrown;
  const message = messageOf(thrown);
  return new Raised({ code: "unknown", message: `internal error: ${message}`, step, attempts: 1 });
}

export const isControl = (thrown: unknown): boolean => thrown instanceof Cancelled || thrown instanceof Returned || isFatal(thrown);

/** The run cannot go on in this process. */
export const isFatal = (thrown: unknown): boolean => thrown instanceof JournalLost || thrown instanceof InfraError;
