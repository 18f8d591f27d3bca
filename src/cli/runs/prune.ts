import type { RunStatus } from "../../core/event.js";
import type { Ended } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { table } from "../operator/table.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";

export interface PruneOptions extends OperatorOptions {
  readonly olderThan: number;
  readonly flow?: string;
  readonly state?: RunStatus;
  readonly dryRun?: true;
}

/** Removes ended runs, those that ended first first. */
export const pruneRuns = (options: PruneOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store, prune }) => {
    const { olderThan, flow, state, dryRun = false, output } = options;
    const ended: Ended = { before: Math.max(Date.now() - olderThan, 0), ...(flow === undefined ? {} : { flow }), ...(state === undefined ? {} : { state }) };
    if (dryRun) {
      const groups = await store.prunable(ended);
      const all = groups.reduce((sum, { runs }) => sum + runs, 0);
      if (output === "json") await printJson({ removes: all, of: groups });
      else await print(`${all === 0 ? "" : table(["flow", "state", "runs"], groups.map((group) => [group.flow, group.state, String(group.runs)]))}${counted(all)} would be removed\n`);
      return EXIT.ok;
    }
    let removed = 0;
    for (let some = await prune(ended); some > 0; some = await prune(ended)) removed += some;
    if (output === "json") await printJson({ removed });
    else await print(`${counted(removed)} removed\n`);
    return EXIT.ok;
  });

const counted = (runs: number): string => `${runs} ${runs === 1 ? "run" : "runs"}`;
