import type { Command } from "commander";
import type { PublishOptions } from "../topics/publish.js";
import type { TailOptions } from "../topics/tail.js";
import { positive, withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export function registerTopics(program: Command): void {
  const topics = program
    .command("topics")
    .description("look at the topics of the embedded bus, and publish to them")
    .addHelpText(
      "after",
      `
Looking takes nothing from any consumer group.

Examples:
  $ flowctl topics list
  $ flowctl topics tail orders --follow
  $ flowctl topics publish orders '{ "id": "a" }'`,
    );

  withOperatorOptions(topics.command("list").description("topics, how much they keep, and what each group has yet to acknowledge"))
    .addHelpText("after", "\nExamples:\n  $ flowctl topics list\n  $ flowctl topics list -o json")
    .action(async (options: OperatorOptions) => void (process.exitCode = await (await import("../topics/list.js")).listTopics(options)));

  withOperatorOptions(topics.command("lag").description("what each group has yet to take, and what its flow took and has not ended"))
    .addHelpText("after", "\nExamples:\n  $ flowctl topics lag\n  $ flowctl topics lag -o json")
    .action(async (options: OperatorOptions) => void (process.exitCode = await (await import("../topics/lag.js")).showLag(options)));

  withOperatorOptions(topics.command("tail").description("the last messages of a topic").argument("<topic>", "its name"))
    .option("-f, --follow", "and those that come, until Ctrl-C")
    .option("-n, --last <count>", "how many of the last ones", positive, 10)
    .addHelpText("after", "\nExamples:\n  $ flowctl topics tail orders\n  $ flowctl topics tail orders --last 100 -o json | jq .message")
    .action(async (topic: string, options: TailOptions) => void (process.exitCode = await (await import("../topics/tail.js")).tailTopic(topic, options)));

  withOperatorOptions(topics.command("publish").description("put messages on a topic; they are durable when the command ends").argument("<topic>", "its name").argument("<input>", "file, JSON or -, as with run -i"))
    .option("--key <key>", "their key (a flow's topic computes its own)")
    .addHelpText("after", `\nExamples:\n  $ flowctl topics publish orders '{ "id": "a", "total": 120 }'\n  $ generate-events | flowctl topics publish orders -`)
    .action(async (topic: string, input: string, options: PublishOptions) => void (process.exitCode = await (await import("../topics/publish.js")).publishTo(topic, input, options)));
}
