import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { table } from "../operator/table.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { thousands } from "../../core/thousands.js";

/** Topics: what they keep, and what each group has not acknowledged. */
export const listTopics = (options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async ({ topics }) => {
    const all = await topics.topics();
    if (options.output === "json") await printJson(all);
    else if (all.length === 0) await print("no topics\n", process.stderr);
    else {
      await print(
        table(
          ["topic", "messages", "groups (not yet acknowledged)"],
          all.map(({ topic, messages, groups }) => [topic, thousands(messages), groups.map(({ group, lag }) => `${group} (${thousands(lag)})`).join(", ")]),
        ),
      );
    }
    return EXIT.ok;
  });
