import type { RunRow, RunState } from "../../../core/ports/store.js";

export const stateOf = ({ status, waits }: Pick<RunRow, "status" | "waits">): RunState => status ?? (waits.length > 0 ? "parked" : "running");

const STATES: readonly RunState[] = ["running", "parked", "completed", "failed", "cancelled", "compensated", "resolved"];

/** A state as it is stored. */
export function asState(text: unknown): RunState {
  const state = STATES.find((one) => one === text);
  if (state === undefined) throw new Error(`a run has the unknown state ${String(text)}`);
  return state;
}
