import type { Command } from "commander";
import type { PublishOptions } from "../topics/publish.js";
import type { TailOptions } from "../topics/tail.js";
import { positive, withOperatorOptions, type OperatorOptions } from "./operator-options.js";

export interface ApplyOptions extends OperatorOptions {
  readonly yes?: true;
}

export function registerTopics(program: Command): void {
  const topics = program
    .command("topics")
    .description("look at topics, publish to them, and make what flows need at a broker")
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

  withOperatorOptions(topics.command("apply").description("what flows need at the profile's broker, and with --yes made there; nothing is deleted").argument("[paths...]", "flow files, folders or folder/... (default: the project's flows, else ./...)"))
    .option("--yes", "make it")
    .addHelpText("after", "\n+ is made, ~ is changed, without a loss; the rest is there. Exit 1 when something is to be done and `--yes` is not said.\n\nExamples:\n  $ flowctl topics apply --profile nats\n  $ flowctl topics apply flows/... --profile nats --yes")
    .action(async (paths: readonly string[], options: ApplyOptions) => void (process.exitCode = await (await import("../topics/apply.js")).applyTopics(paths, options)));
}
