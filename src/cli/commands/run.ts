import { Option, type Command } from "commander";
import { endWhileStarting } from "../run/interrupt.js";
import { repeatable, withProject, type ProjectOptions } from "./project-options.js";

export interface RunOptions extends ProjectOptions {
  readonly input: readonly string[];
  readonly only: readonly string[];
  readonly allTopics?: true;
  readonly fresh?: true;
  readonly watch?: true;
  readonly tui?: boolean;
  readonly record?: string;
  readonly replay?: string;
  readonly output: "text" | "json";
}

export function registerRun(program: Command): void {
  withProject(
    program
      .command("run")
      .description("serve flows until stopped, or feed them messages and print what comes out")
      .argument("[paths...]", "flow files, folders or folder/... (default: the project's flows, else ./...)")
      .addOption(repeatable("-i, --input <input>", "a message: [TOPIC or FLOW=]file, JSON or -; ends when every run has ended (repeatable)"))
      .addOption(repeatable("--only <part>", "a part of the work, the rest is other processes': orchestrate, queue:NAME or queue:NAME.SITE (repeatable)"))
      .option("--all-topics", "print every message, also those that a loaded flow consumes")
      .option("--fresh", "use an empty store of its own, removed at the end")
      .option("--watch", "take a flow that is saved and valid for new runs")
      .option("--tui", "show the terminal UI (default on a terminal, without -i)")
      .option("--no-tui", "print log lines instead")
      .addOption(new Option("--record <cassette>", "write the calls of models and HTTP tools into a file").conflicts("replay"))
      .option("--replay <cassette>", "answer them from such a file: no key, no network")
      .addOption(new Option("-o, --output <form>", "the summary on stderr").choices(["text", "json"]).default("text")),
  )
    .addHelpText(
      "after",
      `
Results are JSON lines on stdout: { topic, key, id, message } for each message that a step emits and no loaded flow
consumes, { flow, run, status, output?, error? } for each manual run. The summary goes to stderr.

Examples:
  $ flowctl run flow.yaml -i '{ "subject": "Invoice", "body": "It is wrong" }'
  $ flowctl run flows/supply-chain -i sales=sales.jsonl --profile offline
  $ flowctl run flow.yaml -i input.json --record calls.yaml
  $ flowctl run flows --only queue:triage --profile production
  $ generate-events | flowctl run detector.yaml -i -`,
    )
    .action(async (paths: readonly string[], options: RunOptions) => {
      using starting = endWhileStarting({ served: options.input.length === 0 });
      const { run } = await import("../run/run.js");
      process.exitCode = await run(paths, options, starting);
    });
}
