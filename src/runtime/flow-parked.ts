import type { Wait } from "../core/event.js";
import type { RunId } from "../core/run-id.js";

/**
 * The run waits for a person, and nothing that called it could wait that long. In a store that is not durable it is
 * cancelled; in a durable one it stays parked.
 */
export class FlowParked extends Error {
  override readonly name = "FlowParked";
  readonly run: RunId;
  readonly waits: readonly Wait[];
  constructor(run: RunId, waits: readonly Wait[]) {
    super(`the run ${run} waits for ${waits.map(({ kind, path }) => `\`${path}\` (${kind})`).join(", ")}`);
    this.run = run;
    this.waits = waits;
  }
}
