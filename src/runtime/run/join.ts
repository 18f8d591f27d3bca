import { StepError, type FlowError } from "../../core/errors.js";
import type { JoinPlan } from "../../core/plan/step.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave } from "./active-run.js";
import type { Frame } from "./frame.js";
import { Raised } from "./raised.js";
import type { Maker, Output } from "./ready.js";
import { Cancelled, cancelScope, closeScope, moveScope, openScope, throwIfCancelled, type Scope } from "./scope.js";

/** How a join ends: how many successes it needs, or that it takes what comes. */
export type Goal = "all" | "settled" | number;

/** What became of one branch; absent: it was not waited for. */
export type Ended = { readonly output: Output } | { readonly error: FlowError };

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

interface Race {
  readonly frame: Frame;
  readonly path: Path;
  readonly count: number;
  readonly goal: Goal;
  readonly rest: "cancel" | "finish";
  readonly concurrency: number;
  /** Branches that must have ended before one starts. */
  readonly after?: (index: number) => readonly number[];
  readonly start: (index: number, scope: Scope, ended: ReadonlyMap<number, Ended>) => Promise<Output>;
}

/** Runs branches side by side until the join's goal is reached or impossible (LANGUAGE §5). */
export async function race(of: Race): Promise<Joined> {
  const { frame, path, count, goal } = of;
  throwIfCancelled(frame.scope);
  const scope = openScope(frame.scope);
  const ended = new Map<number, Ended>();
  const waiting = new Set(Array.from({ length: count }, (_, index) => index));
  const running = new Map<number, Promise<void>>();
  const needed = typeof goal === "number" ? goal : count;
  let successes: number[] = recordedWinners(frame, path);
  const recorded = successes.length > 0;
  let failure: Raised | null = null;
  let stopped: unknown = null;

  const decided = (): boolean => {
    if (stopped !== null) return true;
    if (goal === "settled") return ended.size === count;
    if (goal === "all") return failure !== null || ended.size === count;
    const impossible = count - (ended.size - countSuccesses(ended)) < needed;
    return countSuccesses(ended) >= needed || impossible;
  };
  // I12: each branch may stand at a durable wait on its own. One of them has the place of the coroutine that waits
  // here; the last to end gives it back.
  let places = 0;
  let behind = false;
  const runOne = async (index: number): Promise<void> => {
    if (places > 0) enter(frame.run);
    places += 1;
    try {
      ended.set(index, { output: await of.start(index, scope, ended) });
      if (typeof goal === "number" && !recorded) successes = [...successes, index];
    } catch (thrown) {
      if (thrown instanceof Raised) {
        ended.set(index, { error: thrown.error });
        failure ??= thrown;
      } else {
        // A cancelled branch says nothing; anything else ends the run.
        if (!(thrown instanceof Cancelled && thrown.scope === scope)) stopped ??= thrown;
        ended.set(index, { error: { code: "unknown", message: "cancelled" } });
      }
    } finally {
      running.delete(index);
      places -= 1;
      if (places > 0 || behind) leave(frame.run);
    }
  };
  const ready = (index: number): boolean => (of.after?.(index) ?? []).every((before) => ended.has(before));

  while (!decided()) {
    for (const index of waiting) {
      if (running.size >= of.concurrency) break;
      if (!ready(index)) continue;
      waiting.delete(index);
      running.set(index, runOne(index));
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }

  if (stopped === null && typeof goal === "number" && !recorded && countSuccesses(ended) >= needed) {
    // I8: on replay the recorded winners win over any race.
    append(frame.run, "step.decided", path, { what: "join", value: successes.slice(0, needed) });
  }
  if (running.size > 0) {
    if (of.rest === "cancel" || stopped !== null) {
      cancelScope(scope, "join");
      await Promise.all(running.values());
    } else {
      moveScope(scope, frame.run.root);
      behind = true;
      enter(frame.run);
      const rest = Promise.all(running.values()).then(() => undefined);
      frame.run.background.add(rest);
      void rest.finally(() => frame.run.background.delete(rest));
    }
  }
  closeScope(scope);
  if (stopped !== null) throw stopped;
  throwIfCancelled(frame.scope);
  if (goal === "settled") return { ended, winner: null };
  if (goal === "all") {
    if (failure !== null) throw new Raised((failure as Raised).error);
    return { ended, winner: null };
  }
  if (countSuccesses(ended) < needed) {
    throw new StepError("join", `only ${countSuccesses(ended)} of ${count} branches succeeded, ${needed} are needed`, failure === null ? {} : { cause: failure });
  }
  const kept = new Map(successes.slice(0, needed).flatMap((index) => {
    const one = ended.get(index);
    return one === undefined ? [] : [[index, one] as const];
  }));
  return { ended: kept, winner: successes[0] ?? null };
}

const countSuccesses = (ended: ReadonlyMap<number, Ended>): number => {
  let count = 0;
  for (const one of ended.values()) if ("output" in one) count++;
  return count;
};

function recordedWinners(frame: Frame, path: Path): number[] {
  for (const event of frame.run.past?.get(path)?.events ?? []) {
    if (event.type === "step.decided" && event.data.what === "join" && Array.isArray(event.data.value)) return event.data.value.map(Number);
  }
  return [];
}
