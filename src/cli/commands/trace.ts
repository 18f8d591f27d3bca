import type { Command } from "commander";
import { withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export function registerTrace(program: Command): void {
  withOperatorOptions(program.command("trace").description("terminal UI on runs, live or past, also of another process").argument("[run]", "a run's id, or its beginning (default: the list)"))
    .addHelpText(
      "after",
      `
Without a terminal it prints an event a line: of the run as far as it has come, else of all runs while somebody serves
(not on PostgreSQL, which several processes share: name a run there).
Keys: ? lists them, q quits.

Examples:
  $ flowctl trace
  $ flowctl trace abq3kd7x
  $ flowctl trace -o json | jq 'select(.type == "run.finished")'`,
    )
    .action(async (run: string | undefined, options: OperatorOptions) => void (process.exitCode = await (await import("../trace/trace.js")).trace(run ?? null, options)));
}
