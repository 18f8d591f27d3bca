import { printable } from "../../core/cells.js";
import type { RunEvent } from "../../core/event.js";
import { WHOLE_RUN } from "../../core/run-id.js";
import type { Summary } from "../wire.js";

/** What the results of `run -i` do not show: runs of messages that failed with a code of their own, and runs that wait. */
export interface OpenEnds {
  readonly event: (event: RunEvent) => void;
  /** Below the summary. `kept`: the store is there when the command has ended. */
  lines(stats: Summary, kept: boolean): string;
}

/** So many of each are told. */
const TOLD = 5;

export function openEnds(): OpenEnds {
  // A failed run by hand has its error in its result.
  const byHand = new Set<string>();
  const failed = new Map<string, string>();
  const waiting = new Map<string, string>();
  return {
    event(event) {
      if (event.type === "run.admitted" && event.data.source === null) byHand.add(event.run);
      else if (event.type === "run.parked") waiting.set(event.run, event.data.waits.map(({ path, question }) => (question === undefined ? path : `${path === WHOLE_RUN ? "cannot go on" : path}: ${question}`)).join("; "));
      else if (event.type === "run.finished") {
        const { status, error } = event.data;
        waiting.delete(event.run);
        if (status === "failed" && error !== undefined && !byHand.has(event.run)) failed.set(event.run, `${error.code}: ${error.message}`);
      }
    },
    lines(stats, kept) {
      const answer = kept && waiting.size > 0 ? hint("`flowctl runs show RUN` says how to answer") : "";
      const known = kept && stats.duplicates > 0 && stats.runs === 0 ? hint("an earlier run took these messages; `--fresh` begins with an empty store") : "";
      return `${list("failed", failed)}${list("waiting", waiting)}${answer}${known}`;
    },
  };
}

function list(name: string, runs: ReadonlyMap<string, string>): string {
  const rows = [...runs].slice(0, TOLD).map(([run, text]) => `${run}  ${printable(text.replaceAll(/\s+/g, " "))}`);
  if (runs.size > TOLD) rows.push(`… and ${runs.size - TOLD} more`);
  return rows.map((row, index) => `${(index === 0 ? `${name}:` : "").padEnd(14)}${row}\n`).join("");
}

const hint = (text: string): string => `  hint: ${text}\n`;
