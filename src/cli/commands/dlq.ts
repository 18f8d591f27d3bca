import type { Command } from "commander";
import type { LettersOptions } from "../dlq/list.js";
import type { RedriveOptions } from "../dlq/redrive.js";
import { positive, withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export function registerDlq(program: Command): void {
  const dlq = program
    .command("dlq")
    .description("dead letters: messages that no run could be made of, or whose run failed")
    .addHelpText(
      "after",
      `
They lie in the topic that \`dlq\` names, else in the store.

Examples:
  $ flowctl dlq list
  $ flowctl dlq show abq3kd7x
  $ flowctl dlq redrive abq3kd7x`,
    );

  withOperatorOptions(dlq.command("list").description("dead letters, newest first"))
    .option("--flow <flow>", "of one flow")
    .option("--limit <count>", "at most so many", positive, 50)
    .addHelpText("after", "\nExamples:\n  $ flowctl dlq list\n  $ flowctl dlq list --flow orders -o json")
    .action(async (options: LettersOptions) => void (process.exitCode = await (await import("../dlq/list.js")).listLetters(options)));

  withOperatorOptions(dlq.command("show").description("one letter: what was wrong, and the message as it came").argument("<letter>", "its id, or its beginning"))
    .addHelpText("after", "\nExamples:\n  $ flowctl dlq show abq3kd7x\n  $ flowctl dlq show abq3kd7x -o json | jq .letter.message")
    .action(async (id: string, options: OperatorOptions) => void (process.exitCode = await (await import("../dlq/show.js")).showLetter(id, options)));

  withOperatorOptions(dlq.command("redrive").description("send the messages to their topics again, as new runs with the idempotency keys of the first: tools that know keys apply nothing twice, others do").argument("[letters...]", "their ids, or their beginnings"))
    .option("--all", "every letter; of a topic the newest thousand")
    .option("--flow <flow>", "those of one flow")
    .option("--code <code>", "those with this error")
    .option("--where <expression>", "those for which this is true; it reads `msg`, the letter")
    .option("--dry-run", "only say how many")
    .option("--yes", "do it, where letters are not named")
    .addHelpText("after", `\nExamples:\n  $ flowctl dlq redrive abq3kd7x\n  $ flowctl dlq redrive --flow orders --code timeout --dry-run\n  $ flowctl dlq redrive --where "msg.redrives == 0 && msg.source.topic == 'orders'" --yes`)
    .action(async (ids: readonly string[], options: RedriveOptions) => void (process.exitCode = await (await import("../dlq/redrive.js")).redriveLetters(ids, options)));
}
