import { printable } from "../../core/cells.js";
import type { LogLine } from "../../core/event.js";

/** What a tool's code said with `ctx.log`, on stderr. */
export function sayLog({ run, path, text }: LogLine): void {
  process.stderr.write(`${run}  ${path}: ${text.split("\n").map(printable).join("\n  ")}\n`);
}
