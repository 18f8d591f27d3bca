import { StepError, type FlowError } from "../../core/errors.js";
import type { JoinPlan } from "../../core/plan/step.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave } from "./active-run.js";
import { isCaught, keepsCatching } from "../saga/insist.js";
import { isHalfUndone, undoWithin } from "../saga/undo.js";
import { openUndo } from "../saga/undo-scope.js";
import { whyCancelled } from "../saga/why-cancelled.js";
import { begunBefore, begunOf, decisionOf, type Decision, JOIN, leftRest, range, REST } from "./decision.js";
import type { Frame } from "./frame.js";
import { isControl, isFatal, Raised, raisedFrom, Returned } from "./raised.js";
import type { Maker, Output } from "./ready.js";
import { recall } from "./recall.js";
import { addRest, openRests, restsEnd } from "./rests.js";
import { Cancelled, cancelScope, closeScope, moveScope, openScope, throwIfCancelled } from "./scope.js";

/** How a join ends: how many successes it needs, or that it takes what comes. */
export type Goal = "all" | "settled" | number;

/** What became of one branch. Absent: its `when` did not hold, so it counts for no join. */
export type Ended = { readonly output: Output; readonly absent?: true } | { readonly error: FlowError };

export interface Joined {
  readonly ended: ReadonlyMap<number, Ended>;
  /** Index of the first success in the journal; null for `all` and `settled`. */
  readonly winner: number | null;
}

export function makeGoal(maker: Maker, join: JoinPlan): (frame: Frame) => Goal {
  if (join === "all" || join === "settled") return () => join;
  if (join === "any") return () => 1;
  if (typeof join === "number") return () => join;
  const count = maker.expr(join);
  return (frame) => {
    const value = count(frame.env);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
    throw new StepError("expr", `\`join: ${join.text}\` gave ${String(value)}, not a whole number from 1 on`);
  };
}

export const ABSENT: unique symbol = Symbol("absent");

export interface Race {
  readonly frame: Frame;
  readonly path: Path;
  readonly count: number;
  readonly goal: Goal;
  readonly rest: "cancel" | "finish";
  readonly concurrency: number;
  /** Branches that must have ended before one starts. */
  readonly after?: (index: number) => readonly number[];
  readonly start: (index: number, inside: Frame, ended: ReadonlyMap<number, Ended>) => Promise<Output | typeof ABSENT>;
  /** Whether a branch that is cancelled or fails is undone (I23). */
  readonly undoes: (index: number) => boolean;
  /** Which branch a path is of, that follows on the join's own. */
  readonly branchAt: (below: string) => number | undefined;
}

/** Runs branches side by side until the join's goal is reached or impossible. */
export async function race(of: Race): Promise<Joined> {
  const { frame, path, count, goal } = of;
  const { run } = frame;
  const scope = openScope(frame.scope);
  const ended = new Map<number, Ended>();
  const won: number[] = [];
  let lost = 0;
  let running = 0;
  let raised: Raised | null = null;
  let stopped: unknown = null;
  const known = decisionOf(run, path);
  let decision = known;
  const undoing = new Set(range(count).filter((index) => of.undoes(index)));
  // I28: behind the end of a process what had begun has its turn again before the join ends, however that comes: it may
  // hold a write in doubt, a run that goes on, or an undo that is half done.
  const begun = known === null && run.past?.has(path) === true ? begunBefore(run, path, of.branchAt, of.after === undefined) : new Set<number>();
  const again = new Set(begun);
  const decide = (plain: Decision): void => {
    if (decision !== null) return;
    const done = "won" in plain || undoing.size === 0 ? {} : { done: [...won] };
    // What is around it was cancelled before, and that has cut its branches off: none goes on.
    const rest = scope.cancelled === null ? [...begun].filter((index) => !ended.has(index)) : [];
    const begunThen = { begun: of.after === undefined ? begun.size : [...begun] };
    const left = "returned" in plain ? (begun.size < count ? begunThen : {}) : of.rest === "cancel" ? {} : { rest, ...begunThen };
    const made = { ...plain, ...done, ...left };
    decision = made;
    append(run, "step.decided", path, { what: JOIN, value: { ...made } });
    if (again.size > 0 && (of.rest === "cancel" || "returned" in made)) cancelScope(scope, "join");
  };
  // What is recorded is looked up, and nothing new starts.
  if (known !== null && (of.rest === "cancel" || "returned" in known)) cancelScope(scope, "join");
  // So are branches that had ended, beside the rest that goes on.
  const past = known?.rest === undefined ? null : openScope(scope);
  if (past !== null) cancelScope(past, "join");
  let looking = 0;
  const possible = (): boolean => typeof goal !== "number" || count - lost >= goal;
  const ending = (index: number, end: Ended): void => {
    ended.set(index, end);
    if ("error" in end || end.absent === true) lost += 1;
    else won.push(index);
    // A copy: a branch whose last write ends after the decision has not won.
    if (typeof goal === "number" && won.length === goal) decide({ won: [...won] });
    else if (!possible()) decide({ lost: true });
  };
  const failing = (index: number, thrown: unknown): void => {
    if (!isControl(thrown)) {
      // A branch's own `when` and `value` are no steps: their errors are not raised yet.
      const failure = raisedFrom(thrown, path);
      ending(index, { error: failure.error });
      if (raised === null || (decision !== null && "failed" in decision && decision.failed === index)) raised = failure;
      if (goal === "all") decide({ failed: index });
      return;
    }
    // A branch that this join cancelled says nothing.
    if (thrown instanceof Cancelled && (thrown.scope === scope || thrown.scope === past)) return;
    // The join has ended without it.
    if (thrown instanceof Returned && decision?.rest?.includes(index) === true) return;
    if (thrown instanceof Returned) decide({ returned: index });
    // What is thrown first counts, but for the return that was decided: on replay, others may come before it.
    if (stopped === null || (thrown instanceof Returned && returns(decision, index) && !isFatal(stopped))) stopped = thrown;
    if (isFatal(thrown)) run.fatal ??= thrown;
  };

  // I12: each branch may stand at a durable wait on its own. One of them has the place of the coroutine that waits
  // here; the last to end gives it back.
  let behind = false;
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
      const output = await of.start(index, { ...frame, scope: within, rests, undo, catching: catchingIn(of, undoing.has(index)) }, ended);
      ending(index, output === ABSENT ? { output: undefined, absent: true } : { output });
    } catch (thrown) {
      failing(index, thrown);
    } finally {
      running -= 1;
      if (looks) looking -= 1;
      if (running > 0 || behind) leave(run);
      changed.resolve();
    }
  };

  const over = (): boolean => {
    if (again.size > 0 && !isFatal(stopped)) return false;
    // I28: a branch that began behind the one that returns may hold a write in doubt.
    if (stopped !== null) return known === null || !("returned" in known) || isFatal(stopped);
    if (known?.rest !== undefined) return false;
    // A recorded decision stands: every branch is looked up.
    if (known !== null) return ended.size === count;
    return decision !== null || ended.size === count || !possible();
  };
  const mayBegin = (index: number): boolean => !isFatal(stopped) && (again.has(index) || (running < of.concurrency && !over() && (known !== null || scope.cancelled === null)));
  const next = starter(of, begunOf(known, count), ended, mayBegin);
  for (;;) {
    changed = Promise.withResolvers();
    for (let index = next(); index !== null; index = next()) void runOne(index);
    if (running === 0 || over() || (known?.rest !== undefined && looking === 0)) break;
    await changed.promise;
  }

  // What a saga has done is over when it is undone: there the rest is waited for.
  if (stopped === null && frame.undo === null && (decision?.rest?.length ?? 0) > 0) {
    moveScope(scope, frame.rests.scope);
    rests.scope = scope;
    if (running > 0) {
      behind = true;
      enter(run);
    }
    addRest(frame.rests, background(of, async () => {
      while (running > 0) {
        changed = Promise.withResolvers();
        await changed.promise;
      }
      while (rests.open.size > 0) await Promise.all(rests.open);
    }));
  } else if (of.rest === "finish" && stopped === null) {
    while (running > 0) {
      changed = Promise.withResolvers();
      await changed.promise;
    }
    closeScope(scope);
  } else {
    if (running > 0) cancelScope(scope, stopped instanceof Returned ? "return" : "join");
    while (running > 0) {
      changed = Promise.withResolvers();
      await changed.promise;
    }
    closeScope(scope);
  }
  if (past !== null) closeScope(past);
  if (rests.open.size > 0 && !isFatal(stopped)) await restsEnd(run, rests.open);
  if (undoing.size > 0 && (stopped === null || !isFatal(stopped))) await undoLosers(of, undoing, ended, decision, raised);
  if (stopped !== null) throw stopped;
  throwIfCancelled(frame.scope);
  return verdict(of, ended, decision, raised, won);
}

const returns = (decision: Decision | null, index: number): boolean => decision !== null && "returned" in decision && decision.returned === index;

/** Behind a join that takes failures, no failure of a branch reaches what is around it; a branch that is undone is a scope of its own. */
const catchingIn = ({ frame, goal }: Race, apart: boolean): Frame["catching"] => (apart ? [] : goal !== "all" && keepsCatching(frame) ? [...frame.catching, null] : frame.catching);

/** I23: the decision is recorded, all branches have ended; what the losers did is undone before the join completes. */
async function undoLosers({ frame, path, goal }: Race, undoing: ReadonlySet<number>, ended: ReadonlyMap<number, Ended>, decision: Decision | null, raised: Raised | null): Promise<void> {
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

function verdict({ count, goal }: Race, ended: ReadonlyMap<number, Ended>, decision: Decision | null, raised: Raised | null, won: readonly number[]): Joined {
  if (goal === "settled") return { ended, winner: null };
  if (goal === "all") {
    if (raised !== null) throw new Raised(raised.error, null, raised.unknown);
    return { ended, winner: null };
  }
  if (decision === null || !("won" in decision)) {
    throw new StepError("join", `only ${won.length} of ${count} branches succeeded, ${goal} are needed`, raised === null ? {} : { cause: raised });
  }
  const kept = decision.won.flatMap((index) => {
    const one = ended.get(index);
    return one === undefined ? [] : [[index, one] as const];
  });
  return { ended: new Map(kept.sort(([a], [b]) => a - b)), winner: decision.won[0] ?? null };
}

/** The next branch that may start, in order; null while none may. */
function starter({ after }: Race, begin: readonly number[], ended: ReadonlyMap<number, Ended>, may: (index: number) => boolean): () => number | null {
  if (after === undefined) {
    let at = 0;
    return () => {
      const index = begin[at];
      if (index === undefined || !may(index)) return null;
      at += 1;
      return index;
    };
  }
  const waiting = new Set(begin);
  return () => {
    for (const index of waiting) {
      if (!after(index).every((before) => ended.has(before)) || !may(index)) continue;
      waiting.delete(index);
      return index;
    }
    return null;
  };
}

/** The recorded end of the rest is what replay need not look at again. */
async function background({ frame, path }: Race, end: () => Promise<void>): Promise<void> {
  await end();
  append(frame.run, "step.decided", path, { what: REST, value: "finished" });
}

/** Starts again what `rest: finish` has left running behind a join whose own end is recorded. */
export function resumeRest(of: () => Race, frame: Frame, path: Path): void {
  const { run, rests } = frame;
  if (frame.undo !== null || !leftRest(run, path)) return;
  enter(run);
  const again = race({ ...of(), frame: { ...frame, scope: rests.scope } })
    .catch((thrown: unknown) => {
      if (isFatal(thrown)) run.fatal ??= thrown;
    })
    .finally(() => leave(run));
  addRest(rests, again.then(() => undefined));
}
