import type { FlowError } from "../../core/errors.js";
import type { EventMap, RunEvent } from "../../core/event.js";

/** What the journal of earlier processes holds of a tool call that has not ended. */
export interface ToolRecord {
  /** The highest attempt that was begun. */
  readonly attempt: number;
  /** Attempts that ended by an error of their own: what a policy counts. A crash is none. */
  readonly used: number;
  readonly inHash: string | null;
  /** When the tool first got the key: past the window of its idempotency the key says nothing (I10). */
  readonly firstAt: number | null;
  /** The last attempt may have happened: sent without a recorded outcome, or with an outcome that is hidden (I20). */
  readonly doubt: FlowError | "crash" | null;
  readonly retryAt: number | null;
  /** What `verify` said about the doubt, where the process ended before it was acted on. */
  readonly verified: EventMap["step.verified"] | null;
  readonly last: FlowError | null;
  /** How often an operator was asked because nothing helped (I31, I32): `used` counts from the last time. */
  readonly stuck: number;
}

const EMPTY: ToolRecord = { attempt: 0, used: 0, inHash: null, firstAt: null, doubt: null, retryAt: null, verified: null, last: null, stuck: 0 };

export const readToolRecord = (events: readonly RunEvent[]): ToolRecord => events.reduce(add, EMPTY);

const isStuck = (kind: string): boolean => kind === "forward" || kind === "undo";

function add(record: ToolRecord, event: RunEvent): ToolRecord {
  switch (event.type) {
    case "step.started":
      return { ...record, attempt: event.data.attempt, inHash: event.data.inHash, firstAt: record.firstAt ?? event.at, doubt: "crash", retryAt: null, verified: null };
    case "step.failed": {
      const { attempt, error, outcome, retryAt } = event.data;
      return { ...record, attempt, used: record.used + 1, doubt: outcome === "unknown" ? error : null, retryAt: retryAt ?? null, last: error };
    }
    case "incident.opened":
      return isStuck(event.data.kind) ? { ...record, used: 0, stuck: record.stuck + 1, retryAt: null } : record;
    case "step.verified":
      return { ...record, verified: event.data };
    default:
      return record;
  }
}
