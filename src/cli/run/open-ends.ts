import { printable } from "../../core/cells.js";
import type { RunEvent } from "../../core/event.js";
import { waitLine } from "../operator/wait-line.js";
import type { Summary } from "../wire.js";

/** What the results of `run -i` do not show: which messages are no JSON, runs of messages that failed with a code of their own, and runs that wait. */
export interface OpenEnds {
  /** A message that is no JSON, and where it stands. */
  unread(place: string, problem: string): void;
  readonly event: (event: RunEvent) => void;
  /** Below the summary. `kept`: the store is there when the command has ended; `embedded`: the messages lie in it. */
  lines(stats: Summary, { kept, embedded }: { readonly kept: boolean; readonly embedded: boolean }): string;
}

/** So many of each are told. */
const TOLD = 5;

export function openEnds(): OpenEnds {
  // A failed run by hand has its error in its result.
  const byHand = new Set<string>();
  const failed = new Map<string, string>();
  const waiting = new Map<string, string>();
  const unread = new Map<string, string>();
  return {
    unread: (place, problem) => void unread.set(place, problem.replace(ONLY_LINE, "")),
    event(event) {
      if (event.type === "run.admitted" && event.data.source === null) byHand.add(event.run);
      else if (event.type === "run.parked") waiting.set(event.run, event.data.waits.map(waitLine).join("; "));
      else if (event.type === "run.finished") {
        const { status, error } = event.data;
        waiting.delete(event.run);
        if (status === "failed" && error !== undefined && !byHand.has(event.run)) failed.set(event.run, `${error.code}: ${error.message}`);
      }
    },
    lines(stats, { kept, embedded }) {
      const answer = kept && waiting.size > 0 ? hint("`flowctl runs show RUN` says how to answer") : "";
      const known = kept && stats.duplicates > 0 && stats.runs === 0 ? hint(`an earlier run took these messages${embedded ? "; `--fresh` begins with an empty store" : ""}`) : "";
      return `${list("no JSON", unread)}${list("failed", failed)}${list("waiting", waiting)}${answer}${known}`;
    },
  };
}

/** V8 counts lines in the message, which is one. */
const ONLY_LINE = / \(line 1 column \d+\)$/;

function list(name: string, found: ReadonlyMap<string, string>): string {
  const rows = [...found].slice(0, TOLD).map(([what, text]) => `${printable(what)}  ${printable(text.replaceAll(/\s+/g, " "))}`);
  if (found.size > TOLD) rows.push(`… and ${found.size - TOLD} more`);
  return rows.map((row, index) => `${(index === 0 ? `${name}:` : "").padEnd(14)}${row}\n`).join("");
}

const hint = (text: string): string => `  hint: ${text}\n`;
