import type { RunState } from "../ports/store.js";
import type { RunLine } from "./run-line.js";

export interface LineFilter {
  readonly state: RunState | null;
  /** Words that all have to stand somewhere in the line. */
  readonly text: string;
}

/** The lines that fit, newest first. */
export function filterLines(lines: Iterable<RunLine>, { state, text }: LineFilter): readonly RunLine[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const fitting = Iterator.from(lines).filter((line) => (state === null || line.state === state) && (words.length === 0 || holds(line, words)));
  return [...fitting].sort((a, b) => b.admittedAt - a.admittedAt || (a.run < b.run ? -1 : 1));
}

function holds({ run, flow, state, step, waits, error }: RunLine, words: readonly string[]): boolean {
  const text = [run, flow, state, step ?? "", error?.code ?? "", error?.message ?? "", ...waits.map(({ question, to }) => `${question ?? ""} ${to ?? ""}`)].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
