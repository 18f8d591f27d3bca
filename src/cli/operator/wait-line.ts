import type { Wait } from "../../core/event.js";
import { lockedPart } from "../../core/fold/locked-part.js";
import { waitWords } from "../../core/fold/wait-words.js";
import { WHOLE_RUN } from "../../core/run-id.js";

/** Who waits in a run, and for what. */
export function waitLine(wait: Wait): string {
  const who = wait.kind === "lock" ? lockedPart(wait.path) : wait.path === WHOLE_RUN ? "cannot go on" : wait.path;
  const words = wait.question ?? waitWords(wait) ?? wait.kind;
  return who === "" ? words : `${who}: ${words}`;
}
