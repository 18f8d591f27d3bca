import type { RunView } from "../../core/fold/run-view.js";
import type { Operator } from "../../core/ports/operator.js";
import type { RunRequest, RunRow } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { me } from "../operator/me.js";
import { printJson } from "../operator/print-json.js";
import { printable } from "../../core/cells.js";
import { WHOLE_RUN } from "../../core/run-id.js";
import { print } from "../terminal.js";
import { findRun, viewOf } from "./find-run.js";
import { isUnserved } from "../operator/is-unserved.js";
import { withOperator } from "../operator/with-operator.js";

/** Finds the run, makes the request for it, and says what became of it: exit 1 when it was refused. */
export const askRun = (id: string, options: OperatorOptions, done: string | ((row: RunRow) => string), make: (row: RunRow, operator: Operator) => Promise<RunRequest>): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const row = await findRun(operator.store, id);
    const outcome = await operator.request(row.run, await make(row, operator), me());
    if (options.output === "json") {
      await printJson({ run: row.run, ...outcome });
      return outcome.is === "accepted" ? EXIT.ok : EXIT.findings;
    }
    if (outcome.is === "refused") throw new CommandError(EXIT.findings, outcome.message);
    const when = (await isUnserved(operator)) ? "; the next `flowctl run` acts on it" : "";
    await print(`${printable(row.flow)} ${row.run}: ${typeof done === "string" ? done : done(row)}${when}\n`);
    return EXIT.ok;
  });

/** The step that a person names, else the only one that waits so. */
export async function stepOf({ store }: Operator, { run, status }: RunRow, named: string | undefined, kind: "ask" | "incident"): Promise<string> {
  if (named !== undefined) return named;
  const what = kind === "ask" ? "a question" : "an incident";
  if (status !== null) throw new CommandError(EXIT.findings, `run ${run} has ended: ${status}`);
  const waits = waiting(await viewOf(store, run), kind);
  const [only] = waits;
  if (only === undefined) throw new CommandError(EXIT.findings, `run ${run} does not wait at ${what}`, `\`flowctl runs show ${run}\` says where it is`);
  if (waits.length > 1) throw new CommandError(EXIT.usage, `run ${run} waits at ${waits.length} steps`, `name one: ${waits.map((path) => (path === WHOLE_RUN ? "'' (the whole run)" : path)).join(", ")}`);
  return only;
}

export const waiting = ({ waits }: RunView, kind: "ask" | "incident"): readonly string[] => [...waits.values()].filter((wait) => wait.kind === kind).map(({ path }) => path);
