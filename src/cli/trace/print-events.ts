import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { withOperator } from "../operator/with-operator.js";
import { logLine } from "../runs/logs.js";
import { print } from "../terminal.js";

/** Events of all runs as they become durable, a line each, until whoever serves ends or Ctrl-C. */
export const printEvents = (options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    if (operator.shared !== undefined) throw new CommandError(EXIT.findings, "processes that share a store on PostgreSQL show what happens in their own terminals: no socket leads to them", "name a run (`flowctl runs list`), `flowctl runs logs -f RUN` follows it; or look at the terminal, or the log, of a `flowctl run`");
    if (operator.server === null) throw new CommandError(EXIT.findings, "nobody serves this database: nothing happens that could be shown", "name a run (`flowctl runs list`), or start `flowctl run`");
    const interrupted = new AbortController();
    const stop = (): void => interrupted.abort();
    process.once("SIGINT", stop).once("SIGTERM", stop);
    try {
      for await (const one of operator.watch(interrupted.signal)) {
        if (!("event" in one)) continue;
        await (options.output === "json" ? printJson(one.event) : print(`${one.event.run}  ${logLine(one.event)}`));
      }
    } finally {
      process.off("SIGINT", stop).off("SIGTERM", stop);
    }
    if (interrupted.signal.aborted) return EXIT.interrupted;
    await print("flowctl: the process that served has ended\n", process.stderr);
    return EXIT.ok;
  });
