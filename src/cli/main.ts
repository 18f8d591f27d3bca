import { Command, CommanderError } from "commander";
import { InfraError } from "../core/errors.js";
import { registerDoctor } from "./commands/doctor.js";
import { registerExplain } from "./commands/explain.js";
import { registerFmt } from "./commands/fmt.js";
import { registerGraph } from "./commands/graph.js";
import { registerInit } from "./commands/init.js";
import { registerRun } from "./commands/run.js";
import { registerSchema } from "./commands/schema.js";
import { registerValidate } from "./commands/validate.js";
import { CommandError, EXIT } from "./exit.js";
import { printable } from "../core/cells.js";
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

for (const register of [registerInit, registerValidate, registerRun, registerGraph, registerExplain, registerSchema, registerFmt, registerDoctor]) {
  register(program);
}
for (const command of program.commands) command.exitOverride();

// Whoever reads has gone (`| head`): nobody is told, the command just ends. A full disk is told, where that still can be.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.interrupted);
    if (stream === process.stdout) say(`the output cannot be written: ${error.message}`, undefined, EXIT.infrastructure);
    process.exit(EXIT.infrastructure);
  });
}
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) return say(error.message, error.hint, error.exit);
  if (error instanceof InfraError) return say(`${error.code}: ${error.message}`, error.hint, EXIT.infrastructure);
  if (isSystemError(error)) return say(error.message, undefined, EXIT.infrastructure);
  const detail = error instanceof Error ? (process.env["FLOWCTL_DEBUG"] ? error.stack : error.message) : String(error);
  return say(`FC9000: internal error: ${detail}`, "this is a bug in flowctl: please report it with the file that caused it (FLOWCTL_DEBUG=1 shows where)", EXIT.infrastructure);
}

function say(message: string, hint: string | undefined, exit: number): number {
  // Names and text of files stand in it: no control character of theirs reaches the terminal.
  process.stderr.write(`flowctl: ${shown(message)}\n${hint === undefined ? "" : `  hint: ${shown(hint)}\n`}`);
  return exit;
}

// A declaration: commands end before this line is reached.
function shown(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** A file or a socket that the system refused: its message says which and why. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
