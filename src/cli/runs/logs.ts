import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../core/event.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printable } from "../../core/cells.js";
import { printJson } from "../operator/print-json.js";
import { shownJson } from "../operator/shown-json.js";
import { timestamp } from "../operator/time.js";
import { withOperator, withOperators } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findRun } from "./find-run.js";

export interface LogsOptions extends OperatorOptions {
  readonly follow?: true;
}

/** How often the journal is looked at while its run is open, ms. */
const AGAIN_MS = 250;
/** Characters of an event's data. */
const SHOWN = 200;

/** The journal of a run, an event a line; with `--follow` until the run has ended. Exit 1 when it did not complete. */
export function showLogs(id: string, options: LogsOptions): Promise<ExitCode> {
  const { follow = false, output } = options;
  let next = 0;
  return (follow ? withOperators : withOperator)(options, async ({ store }) => {
    const { run } = await findRun(store, id);
    for (;;) {
      // The row is read first: the events of a run that has ended are then all there.
      const row = await store.run(run);
      for await (const event of store.read(run, next)) {
        await (output === "json" ? printJson(event) : print(logLine(event)));
        next = event.seq + 1;
      }
      if (!follow) return EXIT.ok;
      if (row === null || row.status !== null) return row?.status === "completed" ? EXIT.ok : EXIT.findings;
      await sleep(AGAIN_MS);
    }
  });
}

export function logLine({ at, type, path, data }: RunEvent): string {
  const about = Object.keys(data).length === 0 ? "" : `  ${shownJson(data, SHOWN)}`;
  return `${timestamp(at)}  ${type.padEnd(18)}${path === undefined ? "" : `  ${printable(path)}`}${about}\n`;
}
