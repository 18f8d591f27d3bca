import { CommandError, EXIT } from "../exit.js";
import { print } from "../terminal.js";
import { printJson } from "./print-json.js";
import { thousands } from "../../core/thousands.js";

export interface BulkOptions {
  readonly output: "text" | "json";
  readonly dryRun?: true;
  readonly yes?: true;
}

/**
 * Of what a filter chose: whether it shall be done. Nobody is asked, so that a pipe and a terminal get the same: without
 * `--yes` it is counted and refused.
 */
export async function mayDo(found: { readonly length: number }, what: string, does: string, { output, dryRun, yes }: BulkOptions): Promise<boolean> {
  if (dryRun === true) {
    if (output === "json") await printJson({ found: found.length });
    else await print(`${counted(found.length, what)} would be ${does}\n`);
    return false;
  }
  if (yes !== true && found.length > 0) throw new CommandError(EXIT.usage, `${counted(found.length, what)} would be ${does}`, "say it again with `--yes`; `--dry-run` only counts");
  return true;
}

export const counted = (many: number, what: string): string => `${thousands(many)} ${what}${many === 1 ? "" : "s"}`;
