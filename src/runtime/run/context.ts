import type { Wait } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { RunId } from "../../core/run-id.js";
import type { RuntimePorts } from "../ports.js";
import type { Journal } from "./journal.js";
import type { RunHistory } from "./history.js";

/** One run in memory: what the trigger side gives the run side. */
export interface RunContext {
  readonly plan: FlowPlan;
  readonly run: RunId;
  /** The run whose id makes the idempotency keys: itself, or the first run of a redriven message (I17). */
  readonly keyRun: RunId;
  readonly input: Json;
  /** Key of the triggering message, for emits to topics without their own `key`. */
  readonly messageKey: string | null;
  /** ms since the epoch. Pure flows: the message's timestamp, and `run.now` is always this (I42). */
  readonly startedAt: number;
  readonly ports: RuntimePorts;
  readonly journal: Journal;
  /** What the journal already holds; empty for a new run. */
  readonly history: RunHistory;
  /** The run's own controller: an operator's cancel and the flow's timeout abort it (I12). */
  readonly abort: AbortController;
  /** A step waits durably (ask). It never settles in this process object: the run is dropped at quiescence and started again. */
  park(wait: Wait): void;
}
