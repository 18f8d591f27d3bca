import { Command, CommanderError } from "commander";
import { registerBackup } from "./commands/backup.js";
import { registerCompletion } from "./commands/completion.js";
import { registerDlq } from "./commands/dlq.js";
import { registerDoctor } from "./commands/doctor.js";
import { registerExplain } from "./commands/explain.js";
import { registerFmt } from "./commands/fmt.js";
import { registerGraph } from "./commands/graph.js";
import { registerInit } from "./commands/init.js";
import { registerPlan } from "./commands/plan.js";
import { registerRun } from "./commands/run.js";
import { registerRuns } from "./commands/runs.js";
import { registerSchema } from "./commands/schema.js";
import { registerTables } from "./commands/tables.js";
import { registerTopics } from "./commands/topics.js";
import { registerTrace } from "./commands/trace.js";
import { registerValidate } from "./commands/validate.js";
import { EXIT } from "./exit.js";
import { reportFailure, watchOutput } from "./failure.js";
import { VERSION } from "./version.js";

const program = new Command("flowctl")
  .description("Checks, draws and runs flows of LLM agents, tools and topics that are written as YAML.")
  .version(VERSION, "-V, --version", "print the version")
  .helpOption("-h, --help", "print help")
  .showSuggestionAfterError(true)
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "flowctl: ")) })
  .addHelpText(
    "after",
    `
Examples:
  $ flowctl init my-flow --template support      a flow that runs with no key and no broker
  $ flowctl validate ./...                       check every flow below this folder
  $ flowctl run flow.yaml -i message.json        feed one message and print what comes out
  $ flowctl explain FC3001                       what an error means and how to mend it

Exit codes: 0 ok, 1 findings or a failed run, 2 usage, 3 infrastructure, 4 a person is asked, 130 interrupted`,
  )
  .exitOverride();

/** For what ends by itself. */
const LEFT_OPEN_MS = 1000;

for (const register of [registerInit, registerValidate, registerRun, registerRuns, registerTopics, registerDlq, registerTables, registerTrace, registerGraph, registerPlan, registerExplain, registerSchema, registerFmt, registerDoctor, registerBackup, registerCompletion]) {
  register(program);
}
for (const command of program.commands) command.exitOverride();

watchOutput();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.ok : EXIT.usage) : reportFailure(error);
} finally {
  // What a library left open is nobody's any more: the client of NATS keeps its connection to a server that never said who it is.
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}
