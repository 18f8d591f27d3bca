import { openUndo } from "../../saga/undo-scope.js";
import { append, enter, leave } from "../active-run.js";
import { slices } from "../breather.js";
import { isFatal, Returned } from "../raised.js";
import { addRest, openRests, restsEnd } from "../rests.js";
import { cancelScope, closeScope, moveScope, openScope, throwIfCancelled } from "../scope.js";
import { ABSENT, type Race } from "./branches.js";
import { begunBefore, begunOf, decisionOf, type Decision, JOIN, range, REST } from "./decision.js";
import { catchingIn, undoLosers } from "./losers.js";
import { starter } from "./start-order.js";
import { createTally, returns } from "./tally.js";
import { type Joined, verdict } from "./verdict.js";

/** Runs branches side by side until the join's goal is reached or impossible. */
export async function race(of: Race): Promise<Joined> {
  const { frame, path, count } = of;
  const { run } = frame;
  const scope = openScope(frame.scope);
  const known = decisionOf(run, path);
  const undoing = new Set(range(count).filter((index) => of.undoes(index)));
  // I28: behind the end of a process what had begun has its turn again before the join ends, however that comes: it may
  // hold a write in doubt, a run that goes on, or an undo that is half done.
  const begun = known === null && run.past?.has(path) === true ? begunBefore(run, path, of.branchAt, of.after === undefined) : new Set<number>();
  const again = new Set(begun);
  // What is recorded is looked up, and nothing new starts.
  if (known !== null && (of.rest === "cancel" || "returned" in known)) cancelScope(scope, "join");
  // So are branches that had ended, beside the rest that goes on.
  const past = known?.rest === undefined ? null : openScope(scope);
  if (past !== null) cancelScope(past, "join");

  const record = (plain: Decision, won: readonly number[]): Decision => {
    const done = "won" in plain || undoing.size === 0 ? {} : { done: [...won] };
    // What is around it was cancelled before, and that has cut its branches off: none goes on.
    const rest = scope.cancelled === null ? [...begun].filter((index) => !tally.ended.has(index)) : [];
    const begunThen = { begun: of.after === undefined ? begun.size : [...begun] };
    const left = "returned" in plain ? (begun.size < count ? begunThen : {}) : of.rest === "cancel" ? {} : { rest, ...begunThen };
    const made = { ...plain, ...done, ...left };
    append(run, "step.decided", path, { what: JOIN, value: { ...made } });
    if (again.size > 0 && (of.rest === "cancel" || "returned" in made)) cancelScope(scope, "join");
    return made;
  };
  const tally = createTally(of, known, past === null ? new Set([scope]) : new Set([scope, past]), record);

  // I12: each branch may stand at a durable wait on its own. One of them has the place of the coroutine that waits
  // here; the last to end gives it back.
  let behind = false;
  let running = 0;
  let looking = 0;
  let changed = Promise.withResolvers<void>();
  const rests = openRests(frame.scope);
  const runOne = async (index: number): Promise<void> => {
    if (running > 0) enter(run);
    running += 1;
    begun.add(index);
    again.delete(index);
    const looks = past !== null && known?.rest?.includes(index) === false;
    if (looks) looking += 1;
    // I8: a branch that has returned does so again, whatever was cancelled since: what it did was over then.
    const within = looks ? past : returns(known, index) ? openScope(null) : scope;
    try {
      const undo = undoing.has(index) ? openUndo(`${path}|${index}`, frame.undo, within, null) : frame.undo;
      const output = await of.start(index, { ...frame, scope: within, rests, undo, catching: catchingIn(of, undoing.has(index)) }, tally.ended);
      tally.end(index, output === ABSENT ? { output: undefined, absent: true } : { output });
    } catch (thrown) {
      tally.fail(index, thrown);
    } finally {
      running -= 1;
      if (looks) looking -= 1;
      if (running > 0 || behind) leave(run);
      changed.resolve();
    }
  };
  const change = (): Promise<void> => {
    changed = Promise.withResolvers();
    return changed.promise;
  };
  const allEnd = async (): Promise<void> => {
    while (running > 0) await change();
  };

  /** I12: branches have the place of the coroutine that waits here, and those that have begun may all stand at a durable wait. */
  const meanwhile = async (turn: Promise<void>): Promise<void> => {
    const apart = running > 0;
    if (apart) enter(run);
    await turn;
    if (apart) leave(run);
  };

  const over = (): boolean => {
    const { stopped, decision, ended } = tally;
    if (again.size > 0 && !isFatal(stopped)) return false;
    // I28: a branch that began behind the one that returns may hold a write in doubt.
    if (stopped !== null) return known === null || !("returned" in known) || isFatal(stopped);
    if (known?.rest !== undefined) return false;
    // A recorded decision stands: every branch is looked up.
    if (known !== null) return ended.size === count;
    return decision !== null || ended.size === count || !tally.possible();
  };
  const mayBegin = (index: number): boolean => !isFatal(tally.stopped) && (again.has(index) || (running < of.concurrency && !over() && (known !== null || scope.cancelled === null)));
  const next = starter(of, begunOf(known, count), tally.ended, mayBegin);
  for (;;) {
    changed = Promise.withResolvers();
    const breathe = slices(run.ctx.ports.clock);
    for (let index = next(); index !== null; index = next()) {
      void runOne(index);
      const turn = breathe();
      if (turn !== undefined) await meanwhile(turn);
    }
    if (running === 0 || over() || (known?.rest !== undefined && looking === 0)) break;
    await changed.promise;
  }

  // What a saga has done is over when it is undone: there the rest is waited for.
  if (tally.stopped === null && frame.undo === null && (tally.decision?.rest?.length ?? 0) > 0) {
    moveScope(scope, frame.rests.scope);
    rests.scope = scope;
    if (running > 0) {
      behind = true;
      enter(run);
    }
    const rest = async (): Promise<void> => {
      await allEnd();
      while (rests.open.size > 0) await Promise.all(rests.open);
      // What replay need not look at again.
      append(run, "step.decided", path, { what: REST, value: "finished" });
    };
    addRest(frame.rests, rest());
  } else {
    if (running > 0 && (of.rest === "cancel" || tally.stopped !== null)) cancelScope(scope, tally.stopped instanceof Returned ? "return" : "join");
    await allEnd();
    closeScope(scope);
  }
  if (past !== null) closeScope(past);
  if (rests.open.size > 0 && !isFatal(tally.stopped)) await restsEnd(run, rests.open);
  if (undoing.size > 0 && !isFatal(tally.stopped)) await undoLosers(of, undoing, tally);
  if (tally.stopped !== null) throw tally.stopped;
  throwIfCancelled(frame.scope);
  return verdict(of, tally);
}
