import type { Remains } from "../simulate.js";
import { checkCallers } from "./callers.js";
import { checkEffects } from "./effects.js";
import { checkJournals } from "./journal.js";
import { checkLocks } from "./locks.js";
import { checkMessages } from "./messages.js";
import { outcomeProblems } from "./outcome.js";
import { checkRedriven } from "./redriven.js";
import { replayProblems } from "./replay.js";
import { checkRequests, checkTimers } from "./requests.js";
import { checkTicks } from "./ticks.js";
import { checkUndo } from "./undo.js";

/** Of so many seeds one is replayed too, and the next one is run without faults: that takes as long as to run it. */
const TURN = 4;

/** The list at the end of SEMANTICS §2. */
export async function problemsOf(remains: Remains): Promise<readonly string[]> {
  const problems = [...remains.problems, ...checkJournals(remains), ...checkMessages(remains), ...checkEffects(remains), ...checkUndo(remains), ...checkRedriven(remains), ...checkRequests(remains), ...checkTimers(remains), ...checkCallers(remains), ...checkTicks(remains)];
  for await (const problem of checkLocks(remains)) problems.push(problem);
  if (problems.length > 0) return problems;
  switch (remains.seed % TURN) {
    case 0:
      return replayProblems(remains);
    case 1:
      return outcomeProblems(remains);
    default:
      return [];
  }
}
