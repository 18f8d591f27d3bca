import { isCaught, keepsCatching } from "../../saga/insist.js";
import { isHalfUndone, undoWithin } from "../../saga/undo.js";
import { whyCancelled } from "../../saga/why-cancelled.js";
import type { Frame } from "../frame.js";
import { recall } from "../recall.js";
import type { Race } from "./branches.js";
import type { Tally } from "./tally.js";

/** Behind a join that takes failures, no failure of a branch reaches what is around it; a branch that is undone is a scope of its own. */
export const catchingIn = ({ frame, goal }: Race, apart: boolean): Frame["catching"] => (apart ? [] : goal !== "all" && keepsCatching(frame) ? [...frame.catching, null] : frame.catching);

/** I23: the decision is recorded, all branches have ended; what the losers did is undone before the join completes. */
export async function undoLosers({ frame, path, goal }: Race, undoing: ReadonlySet<number>, { ended, decision, raised }: Tally): Promise<void> {
  const { cancelled } = frame.scope;
  const outer = frame.undo;
  const isGood = (index: number): boolean => {
    const end = ended.get(index);
    if (end === undefined || "error" in end) return false;
    // What was decided stands, also where somebody cancels while the losers are undone (I8).
    if (decision === null) return true;
    return "won" in decision ? decision.won.includes(index) : (decision.done ?? []).includes(index);
  };
  if (outer !== null && outer.forwardOnly) return;
  if (cancelled === null && outer !== null && goal === "all" && raised !== null && !isCaught(frame, raised.error.code)) return;
  const losers = [...undoing].filter((index) => !isGood(index)).map((index) => `${path}|${index}`);
  if (losers.length === 0) return;
  const isAroundToo = cancelled !== null && outer !== null && outer.scope.cancelled === cancelled;
  // I29: what is around it is undone too, and in one order with these; but what has begun here goes on here, as it does
  // where nobody parks: others that have begun beside it may stand before it in the queue for a lock.
  if (isAroundToo && (recall(frame.run, path) !== null || !isHalfUndone(frame, losers))) return;
  const own = raised?.error ?? { code: "cancelled", message: "the join was decided without it" };
  await undoWithin(frame, losers, { cause: cancelled === null || isAroundToo ? own : whyCancelled(cancelled), isRecorded: false });
}
