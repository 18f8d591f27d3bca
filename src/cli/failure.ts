import { InfraError } from "../core/errors.js";
import { CommandError, EXIT } from "./exit.js";
import { printable } from "../core/cells.js";

/** Says on stderr why a command failed; gives its exit code. */
export function reportFailure(thrown: unknown): number {
  let error = thrown;
  // What failed first is the cause; that closing failed as well follows from it.
  while (error instanceof SuppressedError) error = error.suppressed;
  if (error instanceof CommandError) return say(error.message, error.hint, error.exit);
  if (error instanceof InfraError) return say(`${error.code}: ${error.message}`, error.hint, EXIT.infrastructure);
  // Who serves asks a store again that went away; a command says what it is.
  if (error instanceof Error && error.cause instanceof InfraError) return reportFailure(error.cause);
  if (isSystemError(error)) return say(error.message, undefined, EXIT.infrastructure);
  const detail = error instanceof Error ? (process.env["FLOWCTL_DEBUG"] ? error.stack : error.message) : String(error);
  return say(`FC9000: internal error: ${detail}`, "this is a bug in flowctl: please report it with the file that caused it (FLOWCTL_DEBUG=1 shows where)", EXIT.infrastructure);
}

function say(message: string, hint: string | undefined, exit: number): number {
  // Names and text of files stand in it: no control character of theirs reaches the terminal.
  process.stderr.write(`flowctl: ${shown(message)}\n${hint === undefined ? "" : `  hint: ${shown(hint)}\n`}`);
  return exit;
}

const shown = (text: string): string => text.split("\n").map(printable).join("\n");

/** A file or a socket that the system refused: its message says which and why. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error && "code" in error;

/**
 * Whoever reads the results has gone (`| head`): nobody is told, the command just ends. A full disk is told. A log that
 * cannot be written ends nothing: its disk may be full while the store is well, and lines are written again when it is not.
 */
export function watchOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? EXIT.interrupted : say(`the output cannot be written: ${error.message}`, undefined, EXIT.infrastructure));
  });
  process.stderr.on("error", () => undefined);
}
