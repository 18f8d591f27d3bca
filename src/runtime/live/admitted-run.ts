import type { FlowError } from "../../core/errors.js";
import type { Again, MessageSource, Parent, RunStatus, Wait } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { LoadedFlow } from "../world.js";

/** A run whose admission is appended. */
export interface AdmittedRun {
  readonly flow: LoadedFlow;
  readonly run: RunId;
  readonly keyRun: RunId;
  /** Of a message that was sent again. */
  readonly again?: Again;
  readonly input: Json;
  readonly key: string | null;
  /** ms since the epoch, and on the monotonic clock. */
  readonly admittedAt: number;
  readonly began: number;
  readonly lane: { readonly name: string; readonly releaseParked: boolean } | null;
  /** Null for a run that was started by hand, or by a step. */
  readonly from: RunSource | null;
  readonly parent: Parent | null;
  /** W3C trace context of what started it, or the first of those that started it. */
  readonly traceparent?: string;
  /** Of a message that can have had no run before, as far as its broker says: what it reads, it reads before its admission is durable (I4). */
  readonly isNew?: boolean;
  /** Of a run that its caller drives: it cannot be taken out of memory before it waits for a person. */
  readonly driven?: AbortController;
}

/** Where it came from, for a dead letter. */
export interface RunSource {
  readonly message: Json;
  readonly source: MessageSource;
  /** Null once the process that read it has ended. */
  readonly delivery: Delivery | null;
  readonly redrives: number;
}

/** `lane` is null once the run has left it. */
export const rowOf = (
  { flow, run, admittedAt }: { readonly flow: Pick<LoadedFlow, "plan"> } & Pick<AdmittedRun, "run" | "admittedAt">,
  lane: string | null,
  end: { readonly waits: readonly Wait[] } | { readonly status: RunStatus; readonly at: number; readonly error: FlowError | null } | null,
): RunRow => ({
  run,
  flow: flow.plan.id,
  hash: flow.plan.hash,
  admittedAt,
  status: end !== null && "status" in end ? end.status : null,
  waits: end !== null && "waits" in end ? end.waits : [],
  finishedAt: end !== null && "status" in end ? end.at : null,
  lane,
  error: end !== null && "status" in end && end.error !== null ? { code: end.error.code, message: end.error.message } : null,
});
