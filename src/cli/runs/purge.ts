import type { OperatorOptions } from "../commands/operator-options.js";
import { printable } from "../../core/cells.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { projectBroker } from "../operator/project-broker.js";
import { printJson } from "../operator/print-json.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { needFlow } from "./need-flow.js";

export interface PurgeOptions extends OperatorOptions {
  readonly key: string;
  readonly flow: string;
  readonly yes?: true;
}

/** Erases what there is of a person. Exit 1 when something has to end first. */
export async function purgeKey({ key, flow, yes, ...options }: PurgeOptions): Promise<ExitCode> {
  if (yes !== true) throw new CommandError(EXIT.usage, `this erases the runs of \`${flow}\` whose message had the key \`${key}\`, their messages and dead letters, and cannot be undone`, "say it again with `--yes`");
  return await withOperator(options, async ({ purge, store }) => {
    const purged = await purge({ flow, key });
    const { runs, messages, letters, budgets, open, waiting } = purged;
    if (Object.values(purged).every((found) => found === 0)) await needFlow(store, flow, options, "nothing is erased");
    const whole = open + waiting === 0;
    if (options.output === "json") {
      await printJson(purged);
      return whole ? EXIT.ok : EXIT.findings;
    }
    await print(`${printable(flow)}, key ${printable(key)}: erased ${count(runs, "run")}, ${count(messages, "message")}, ${count(letters, "dead letter")}${budgets === 0 ? "" : `, ${count(budgets, "sum of a budget", "sums of budgets")}`}\n`);
    const broker = projectBroker(options);
    if (broker !== null) await print(`messages on ${broker.kind} stay until their topics' retention is over\n`, process.stderr);
    if (!whole) throw new CommandError(EXIT.findings, `left: ${count(open, "run")} that ${open === 1 ? "has" : "have"} not ended, ${count(waiting, "message")} that some flow has not read`, "once they have, purge again; `flowctl runs cancel` ends a run");
    return EXIT.ok;
  });
}

const count = (many: number, what: string, more = `${what}s`): string => `${many} ${many === 1 ? what : more}`;
