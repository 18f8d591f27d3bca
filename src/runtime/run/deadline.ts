import type { Path } from "../../core/run-id.js";
import { isTimed } from "../saga/insist.js";
import { append, isJournaled, startTimer, type ActiveRun } from "./active-run.js";
import { inTime } from "./at-time.js";
import type { Frame } from "./frame.js";
import { isFatal, Raised } from "./raised.js";
import { cancelScope, closeScope, openScope, type Scope } from "./scope.js";

/** A step's own `timeout`, a block's, an agent's `limits.timeout`: a path may have one of each. */
export type Limit = "timeout" | "block" | "agent";

/**
 * Runs a part under a total time limit: what it started is cancelled when the time is over, and it raises `timeout`. Where
 * `late` counts, the part records what it comes to all the same: what a run of its own has done is done.
 */
export async function withDeadline<T>(frame: Frame, path: Path, ms: number, work: (inside: Frame) => Promise<T>, why: Limit = "timeout", late: "ignored" | "counts" = "ignored"): Promise<T> {
  if (!isTimed(frame)) return work(frame);
  const limit = openDeadline(frame, path, ms, why);
  const overdue = (): boolean => limit.scope.cancelled?.scope === limit.scope;
  try {
    const result = await work({ ...frame, scope: limit.scope });
    if (overdue() && late === "ignored") throw timeout(path, ms);
    return result;
  } catch (thrown) {
    // I8: once it is decided that the time is over, a later result or error of the part does not count.
    if (overdue() && !isFatal(thrown)) throw timeout(path, ms, thrown instanceof Raised && thrown.unknown);
    throw thrown;
  } finally {
    limit.close();
  }
}

/** A scope that is cancelled at its time, counted from its first start: parking and restarts do not prolong it. */
export function openDeadline(frame: Frame, path: Path, ms: number, why: Limit): { readonly scope: Scope; readonly due: number; close(): void } {
  const { run } = frame;
  const due = dueOf(run, path, ms, why);
  const scope = openScope(frame.scope, { path, due });
  // I8: then what is recorded is looked up, and nothing new starts.
  if (isOver(run, path, why)) cancelScope(scope, "timeout");
  const stop =
    scope.cancelled !== null
      ? () => undefined
      : inTime(run, due, () => {
          append(run, "step.decided", path, { what: why, value: "over" });
          cancelScope(scope, "timeout");
        });
  return {
    scope,
    due,
    close() {
      stop();
      closeScope(scope);
    },
  };
}

/**
 * Before something new starts: a time that was over before this process began is noticed by its timer, which comes after
 * what the record answers at once and before what it does not. Null where no time is over.
 */
export function heedDeadlines(run: ActiveRun, scope: Scope): Promise<void> | null {
  return isOverdue(scope, run) ? awaitTimers(run, scope) : null;
}

async function awaitTimers(run: ActiveRun, scope: Scope): Promise<void> {
  // A few times only: where the clock was set forward, the timer comes later.
  for (let times = 0; times < 3 && scope.cancelled === null && isOverdue(scope, run); times += 1) {
    await new Promise<void>((resolve) => void startTimer(run, 0, resolve));
  }
}

const isOverdue = (scope: Scope, { ctx }: ActiveRun): boolean => endsBy(scope, ctx.ports.clock.now());

/** Whether a time limit is over at a time. */
export function endsBy(scope: Scope, time: number): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) if (at.deadline !== null && at.deadline.due <= time) return true;
  return false;
}

const timeout = (path: Path, ms: number, unknown = false): Raised => new Raised({ code: "timeout", message: overMessage(ms), step: path, attempts: 1 }, null, unknown);

export const overMessage = (ms: number): string => `it took longer than ${duration(ms)}`;

const duration = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`);

function dueOf(run: ActiveRun, path: Path, ms: number, why: Limit): number {
  for (const event of run.past?.get(path)?.events ?? []) {
    if (event.type === "timer.set" && event.data.why === why) return event.data.due;
    // An agent's time counts from its recorded start.
    if (why === "agent" && event.type === "step.started") return event.at + ms;
  }
  const due = ((why === "timeout" ? run.since.get(path) : undefined) ?? run.ctx.ports.clock.now()) + ms;
  if (isJournaled(run) && why !== "agent") append(run, "timer.set", path, { due, why });
  return due;
}

const isOver = (run: ActiveRun, path: Path, why: Limit): boolean =>
  run.past?.get(path)?.events.some((event) => event.type === "step.decided" && event.data.what === why) ?? false;
