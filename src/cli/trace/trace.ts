import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { me } from "../operator/me.js";
import { withOperator } from "../operator/with-operator.js";
import { findRun } from "../runs/find-run.js";
import { showLogs } from "../runs/logs.js";
import { hasScreen, wantsColor } from "../terminal.js";
import { lastingSource } from "./lasting-source.js";
import { printEvents } from "./print-events.js";

/** The terminal UI where there is a terminal, else log lines. */
export async function trace(id: string | null, options: OperatorOptions): Promise<ExitCode> {
  if (hasScreen() && options.output === "text") return showScreen(id, options);
  return id === null ? printEvents(options) : showLogs(id, options);
}

const showScreen = (id: string | null, options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async (operator, reopen) => {
    const run = id === null ? null : (await findRun(operator.store, id)).run;
    // React and Ink are loaded here and nowhere before.
    const { startTui } = await import("../../tui/start.js");
    await using source = lastingSource(operator, reopen, me());
    const end = await startTui(source, { run, color: wantsColor(process.stdout) }).done;
    return end === "interrupted" ? EXIT.interrupted : EXIT.ok;
  });
