import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { table } from "../operator/table.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { thousands } from "../../core/thousands.js";

/** What has yet to be taken, by topic and group, and what was taken and has not ended, by flow: a message is acknowledged at its admission, so only both are the work that is left. */
export const showLag = (options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store, topics }) => {
    const [all, backlog, { unsent }] = await Promise.all([topics.topics(), store.backlog(), store.counts()]);
    const lags = all.flatMap(({ topic, groups }) => groups.map(({ group, lag }) => ({ topic, group, lag })));
    if (options.output === "json") {
      await printJson({ lags, backlog, unsent });
      return EXIT.ok;
    }
    const behind = lags.length === 0 ? "no group reads a topic\n" : table(["topic", "group", "lag"], lags.map(({ topic, group, lag }) => [topic, group, thousands(lag)]));
    const open = backlog.length === 0 ? "" : `\n${table(["flow", "running", "parked", "incidents"], backlog.map(({ flow, running, parked, incidents }) => [flow, thousands(running), thousands(parked), thousands(incidents)]))}`;
    await print(`${behind}${open}${unsent === 0 ? "" : `\n${thousands(unsent)} messages are not published yet\n`}`);
    return EXIT.ok;
  });

