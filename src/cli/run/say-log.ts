import { printable } from "../../core/cells.js";
import type { LogLine } from "../../core/event.js";

/** What a tool's code said with `ctx.log`, on stderr. */
export function sayLog({ run, path, text }: LogLine): void {
  // The line of progress is drawn again below it.
  process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[K" : ""}${run}  ${path}: ${text.split("\n").map(printable).join("\n  ")}\n`);
}
