import { isControl, isFatal, Raised, raisedFrom, Returned } from "../raised.js";
import { Cancelled, type Scope } from "../scope.js";
import type { Ended, Race } from "./branches.js";
import type { Decision } from "./decision.js";

/** What became of a join's branches so far, and how they decide it. */
export interface Tally {
  readonly ended: ReadonlyMap<number, Ended>;
  /** In the order in which they succeeded. */
  readonly won: readonly number[];
  readonly decision: Decision | null;
  /** The failure of a branch that the join raises where it fails. */
  readonly raised: Raised | null;
  /** What a branch threw that goes past the join, as a return does; null: nothing. */
  readonly stopped: unknown;
  /** The goal can still be reached. */
  possible(): boolean;
  end(index: number, end: Ended): void;
  fail(index: number, thrown: unknown): void;
}

/** `known`: what an earlier process decided. `decide` is told the first decision, and gives it as it is recorded. */
export function createTally({ frame: { run }, path, count, goal }: Race, known: Decision | null, own: ReadonlySet<Scope>, record: (plain: Decision, won: readonly number[]) => Decision): Tally {
  const ended = new Map<number, Ended>();
  const won: number[] = [];
  let lost = 0;
  let decision = known;
  let raised: Raised | null = null;
  let stopped: unknown = null;

  const decide = (plain: Decision): void => {
    decision ??= record(plain, won);
  };
  const possible = (): boolean => typeof goal !== "number" || count - lost >= goal;
  const end = (index: number, one: Ended): void => {
    ended.set(index, one);
    if ("error" in one || one.absent === true) lost += 1;
    else won.push(index);
    // A copy: a branch whose last write ends after the decision has not won.
    if (typeof goal === "number" && won.length === goal) decide({ won: [...won] });
    else if (!possible()) decide({ lost: true });
  };
  const stop = (index: number, thrown: unknown): void => {
    // A branch that this join cancelled says nothing.
    if (thrown instanceof Cancelled && own.has(thrown.scope)) return;
    // The join has ended without it.
    if (thrown instanceof Returned && decision?.rest?.includes(index) === true) return;
    if (thrown instanceof Returned) decide({ returned: index });
    // What is thrown first counts, but for the return that was decided: on replay, others may come before it.
    if (stopped === null || (thrown instanceof Returned && returns(decision, index) && !isFatal(stopped))) stopped = thrown;
    if (isFatal(thrown)) run.fatal ??= thrown;
  };
  return {
    ended,
    won,
    get decision() {
      return decision;
    },
    get raised() {
      return raised;
    },
    get stopped() {
      return stopped;
    },
    possible,
    end,
    fail(index, thrown) {
      if (isControl(thrown)) return stop(index, thrown);
      // A branch's own `when` and `value` are no steps: their errors are not raised yet.
      const failure = raisedFrom(thrown, path);
      end(index, { error: failure.error });
      if (raised === null || (decision !== null && "failed" in decision && decision.failed === index)) raised = failure;
      if (goal === "all") decide({ failed: index });
    },
  };
}

export const returns = (decision: Decision | null, index: number): boolean => decision !== null && "returned" in decision && decision.returned === index;
