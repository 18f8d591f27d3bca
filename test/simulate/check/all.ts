import type { Remains } from "../simulate.js";
import { checkEffects } from "./effects.js";
import { checkJournals } from "./journal.js";
import { checkMessages } from "./messages.js";
import { replayProblems } from "./replay.js";
import { checkRequests, checkTimers } from "./requests.js";
import { checkUndo } from "./undo.js";

/** One seed in so many is replayed too, which takes as long as to run it. */
const REPLAYED = 4;

/** The list at the end of SEMANTICS §2. */
export async function problemsOf(remains: Remains): Promise<readonly string[]> {
  const problems = [...remains.problems, ...checkJournals(remains), ...checkMessages(remains), ...checkEffects(remains), ...checkUndo(remains), ...checkRequests(remains), ...checkTimers(remains)];
  return problems.length > 0 || remains.seed % REPLAYED !== 0 ? problems : replayProblems(remains);
}
