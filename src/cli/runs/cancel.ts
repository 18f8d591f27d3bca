import type { OperatorOptions } from "../commands/operator-options.js";
import type { RunRequest } from "../../core/ports/store.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import type { BulkOptions } from "../operator/bulk.js";
import { askRun } from "./ask-run.js";
import { askRuns } from "./bulk.js";

export interface CancelOptions extends OperatorOptions, BulkOptions {
  readonly reason?: string;
  readonly flow?: string;
}

/** One run, or every open run of a flow. */
export async function cancelRuns(id: string | undefined, options: CancelOptions): Promise<ExitCode> {
  const { reason, flow } = options;
  const request: RunRequest = reason === undefined ? { kind: "cancel" } : { kind: "cancel", reason };
  if (id !== undefined && flow !== undefined) throw new CommandError(EXIT.usage, "name a run, or a flow with `--flow`, not both");
  if (id !== undefined) return await askRun(id, options, "is asked to end", async () => request);
  if (flow === undefined) throw new CommandError(EXIT.usage, "which run?", "name one of `flowctl runs list`, or all open ones of a flow with `--flow`");
  return await askRuns({ ...options, flow }, ["running", "parked"], { does: "cancelled", done: "asked to end" }, request);
}
