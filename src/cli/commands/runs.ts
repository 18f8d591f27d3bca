import { InvalidArgumentError, Option, type Command } from "commander";
import { parseDuration } from "../../core/parse-duration.js";
import type { ForkOptions } from "../runs/fork.js";
import type { ListOptions } from "../runs/list.js";
import type { LogsOptions } from "../runs/logs.js";
import type { CancelOptions } from "../runs/cancel.js";
import type { DecideOptions } from "../runs/decide.js";
import type { PruneOptions } from "../runs/prune.js";
import type { PurgeOptions } from "../runs/purge.js";
import type { RetryOptions } from "../runs/retry.js";
import type { ShowOptions } from "../runs/show.js";
import { OUTPUT, positive, withOperatorOptions, type OperatorOptions } from "./operator-options.js";
import { withProject, type ProjectOptions } from "./project-options.js";

const STATES = ["running", "parked", "incident", "completed", "failed", "cancelled", "compensated", "resolved"] as const;
const ENDED = ["completed", "failed", "cancelled", "compensated", "resolved"] as const;
const RUN = "a run's id, or its beginning";
const STEP = "path of the step; needed where several wait";

export function registerRuns(program: Command): void {
  const runs = program
    .command("runs")
    .description("look at runs, answer what they ask, end what stopped them")
    .addHelpText(
      "after",
      `
Works through the process that serves, else on the database itself: the next \`flowctl run\` then acts on it.
A run that has been decided already, or is not there, is exit 1.

Examples:
  $ flowctl runs list --state parked
  $ flowctl runs show abq3kd7x
  $ flowctl runs approve abq3kd7x --with '{ "note": "fine" }'
  $ flowctl runs logs abq3kd7x --follow`,
    );

  withOperatorOptions(runs.command("list").description("runs, newest first"))
    .option("--flow <flow>", "of one flow")
    .addOption(new Option("--state <state>", "in one state; incidents are parked too").choices(STATES))
    .option("--parent <run>", "those that this run has started")
    .option("--limit <count>", "at most so many", positive, 50)
    .addHelpText("after", "\nExamples:\n  $ flowctl runs list\n  $ flowctl runs list --parent abq3kd7x\n  $ flowctl runs list --flow orders --state failed --limit 10 -o json")
    .action(async (options: ListOptions) => void (process.exitCode = await (await import("../runs/list.js")).listRuns(options)));

  withOperatorOptions(runs.command("show").description("one run: its steps, what it waits for, what it emitted and cost").argument("<run>", RUN))
    .option("--all", "every step, however many; else the first few hundred")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs show abq3kd7x\n  $ flowctl runs show abq3kd7x -o json")
    .action(async (run: string, options: ShowOptions) => void (process.exitCode = await (await import("../runs/show.js")).showRun(run, options)));

  withOperatorOptions(runs.command("logs").description("the journal of a run, an event a line").argument("<run>", RUN))
    .option("-f, --follow", "until the run has ended; exit 1 when it did not complete")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs logs abq3kd7x\n  $ flowctl runs logs abq3kd7x --follow -o json")
    .action(async (run: string, options: LogsOptions) => void (process.exitCode = await (await import("../runs/logs.js")).showLogs(run, options)));

  withOperatorOptions(runs.command("fork").description("a new run that has what another one had before a step, with idempotency keys of its own").argument("<run>", RUN))
    .option("--at <place>", "path of the step, or number of the event, that it begins before; else at the start")
    .option("--with <input>", "another input: a file, JSON or -; only at the start")
    .addOption(new Option("--plan <which>", "the version of the run, or the one that new runs get").choices(["pinned", "new"]).default("pinned"))
    .addHelpText("after", "\nWhat it writes from there on is written once more: its keys are not those of the first run.\n\nExamples:\n  $ flowctl runs fork abq3kd7x --at charge\n  $ flowctl runs fork abq3kd7x --plan new --with input.json")
    .action(async (run: string, options: ForkOptions) => void (process.exitCode = await (await import("../runs/fork.js")).forkRun(run, options)));

  withOperatorOptions(runs.command("diff").description("what two runs did differently: steps, their inputs, outputs and branches").argument("<run>", RUN).argument("<other>", RUN))
    .addHelpText("after", "\nExit 1 when they differ.\n\nExamples:\n  $ flowctl runs diff abq3kd7x bks3ne65\n  $ flowctl runs diff abq3kd7x bks3ne65 -o json")
    .action(async (run: string, other: string, options: OperatorOptions) => void (process.exitCode = await (await import("../runs/diff.js")).diffRuns(run, other, options)));

  withOperatorOptions(runs.command("cancel").description("end a run; writes under way are settled first").argument("[run]", RUN))
    .option("--reason <text>", "why, for the journal")
    .option("--flow <flow>", "without a run: every open run of the flow")
    .option("--dry-run", "with --flow: only say how many")
    .option("--yes", "with --flow: do it")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs cancel abq3kd7x --reason 'sent twice'\n  $ flowctl runs cancel --flow orders --yes")
    .action(async (run: string | undefined, options: CancelOptions) => void (process.exitCode = await (await import("../runs/cancel.js")).cancelRuns(run, options)));

  withOperatorOptions(runs.command("retry").description("an incident tries again; a failed run goes on at the step that failed").argument("[run]", RUN).argument("[step]", STEP))
    .option("--new", "a new run of its message with the idempotency keys of the first: tools that know keys apply nothing twice, others do")
    .option("--failed", "without a run: every failed run of --flow")
    .option("--flow <flow>", "with --failed: of this flow")
    .option("--dry-run", "with --failed: only say how many")
    .option("--yes", "with --failed: do it")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs retry abq3kd7x\n  $ flowctl runs retry abq3kd7x --new\n  $ flowctl runs retry --failed --flow orders --yes")
    .action(async (run: string | undefined, step: string | undefined, options: RetryOptions) => void (process.exitCode = await (await import("../runs/retry.js")).retryRuns(run, step, options)));

  for (const [name, approved] of [["approve", true], ["reject", false]] as const) {
    withOperatorOptions(runs.command(name).description(`answer an \`ask\` with \`{ approved: ${approved} }\``).argument("<run>", RUN).argument("[step]", STEP))
      .option("--with <json>", "more fields of the answer, as a JSON object; - for stdin")
      .addHelpText("after", `\nExamples:\n  $ flowctl runs ${name} abq3kd7x\n  $ flowctl runs ${name} abq3kd7x approval --with '{ "note": "by phone" }'`)
      .action(async (run: string, step: string | undefined, options: DecideOptions) => void (process.exitCode = await (await import("../runs/decide.js")).decide(approved, run, step, options)));
  }

  withOperatorOptions(runs.command("answer").description("answer an `ask` with any JSON that fits it").argument("<run>", RUN).argument("<step>", "path of the step").argument("<json>", "the answer, or - for stdin"))
    .addHelpText("after", `\nExamples:\n  $ flowctl runs answer abq3kd7x choose '{ "supplier": "north" }'\n  $ flowctl runs answer abq3kd7x choose - < answer.json`)
    .action(async (run: string, step: string, json: string, options: OperatorOptions) => void (process.exitCode = await (await import("../runs/decide.js")).answer(run, step, json, options)));

  withOperatorOptions(runs.command("signal").description("tell a run that waits for a signal, or will, that it has come").argument("<run>", RUN).argument("<name>", "name of the signal").argument("<json>", "what it carries, or - for stdin"))
    .addHelpText("after", `\nA signal that comes before its wait is kept; each ends one wait.\n\nExamples:\n  $ flowctl runs signal abq3kd7x paid '{ "amount": 12 }'\n  $ flowctl runs signal abq3kd7x paid - < paid.json`)
    .action(async (run: string, name: string, json: string, options: OperatorOptions) => void (process.exitCode = await (await import("../runs/signal.js")).signalRun(run, name, json, options)));

  // Here `--output` is the step's: how the answer is printed has the short name only.
  withProject(runs.command("resolve").description("end an incident: the step counts as done, with this output").argument("<run>", RUN).argument("[step]", STEP))
    .option("--output <json>", "what the step gave; - for stdin")
    .addOption(new Option("-o <form>", OUTPUT).choices(["text", "json"]).default("text"))
    .addHelpText("after", `\nExamples:\n  $ flowctl runs resolve abq3kd7x charge --output '{ "id": "ch_1" }'`)
    .action(async (run: string, step: string | undefined, { o, output, ...options }: ProjectOptions & { readonly o: "text" | "json"; readonly output?: string }) => {
      process.exitCode = await (await import("../runs/end-incident.js")).resolveIncident(run, step, { ...options, output: o, value: output });
    });

  withOperatorOptions(runs.command("skip").description("end an incident: the run goes on without the step's output").argument("<run>", RUN).argument("[step]", STEP))
    .addHelpText("after", "\nExamples:\n  $ flowctl runs skip abq3kd7x notify")
    .action(async (run: string, step: string | undefined, options: OperatorOptions) => void (process.exitCode = await (await import("../runs/end-incident.js")).skipIncident(run, step, options)));

  withOperatorOptions(runs.command("prune").description("remove runs that ended long ago; a process that serves does it by itself after 7 days"))
    .addOption(new Option("--older-than <time>", "that ended so long ago").argParser(pastTime).default(7 * 24 * 3_600_000, "7d"))
    .option("--flow <flow>", "of one flow")
    .addOption(new Option("--state <state>", "that ended so").choices(ENDED))
    .option("--dry-run", "only say how many")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs prune --dry-run\n  $ flowctl runs prune --older-than 1d --flow orders --state completed")
    .action(async (options: PruneOptions) => void (process.exitCode = await (await import("../runs/prune.js")).pruneRuns(options)));

  withOperatorOptions(runs.command("purge").description("erase a person's data: the runs of a message key, their messages and dead letters"))
    .requiredOption("--key <key>", "the key of their messages")
    .requiredOption("--flow <flow>", "of this flow")
    .option("--yes", "do it: it cannot be undone")
    .addHelpText("after", "\nExamples:\n  $ flowctl runs purge --key customer-17 --flow orders --yes")
    .action(async (options: PurgeOptions) => void (process.exitCode = await (await import("../runs/purge.js")).purgeKey(options)));
}

function pastTime(text: string): number {
  const time = parseDuration(text);
  if (time === null) throw new InvalidArgumentError("It must be a time such as 12h or 7d.");
  return time;
}
