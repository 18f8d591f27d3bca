import { existsSync, readFileSync } from "node:fs";
import type { Fork } from "../../core/ports/operator.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { printable } from "../../core/cells.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { jsonArgument } from "../operator/json-argument.js";
import { printJson } from "../operator/print-json.js";
import { isUnserved } from "../operator/is-unserved.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findRun } from "./find-run.js";

export interface ForkOptions extends OperatorOptions {
  /** A path, or the seq of an event. */
  readonly at?: string;
  readonly with?: string;
  readonly plan: Fork["plan"];
}

/** A new run that has what another one had before a step, and does the rest itself. */
export const forkRun = (id: string, options: ForkOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const { at, plan, output } = options;
    if (at !== undefined && options.with !== undefined) throw new CommandError(EXIT.usage, "another input does not fit what is recorded", "leave out `--at`, or `--with`");
    const input = options.with === undefined ? undefined : await jsonArgument(existsSync(options.with) ? readFileSync(options.with, "utf8") : options.with, "the input");
    const row = await findRun(operator.store, id);
    const point = at === undefined ? null : /^\d+$/.test(at) ? { seq: Number(at) } : { path: at };
    const outcome = await operator.fork(row.run, { at: point, plan, ...(input === undefined ? {} : { input }) });
    if (output === "json") {
      await printJson({ of: row.run, ...outcome });
      return outcome.is === "forked" ? EXIT.ok : EXIT.findings;
    }
    if (outcome.is === "refused") throw new CommandError(EXIT.findings, outcome.message);
    const when = (await isUnserved(operator)) ? "; the next `flowctl run` drives it" : "";
    await print(`${printable(row.flow)} ${outcome.run}: a fork of ${row.run}, with ${outcome.kept === 1 ? "1 event" : `${outcome.kept} events`} of it${when}\n`);
    return EXIT.ok;
  });
