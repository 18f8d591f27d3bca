import { clauseOf } from "../../core/message-of.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Store } from "../../core/ports/store.js";
import { RUNS_MS } from "./retention.js";

/** Not at once: what a start has to do comes first. */
const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
/** Runs that go at once, and the time until the next ones: commits have the database between. */
const MOST = 100;
const PAUSE_MS = 50;
/** Once may be a server that was away for a moment. */
const FAILED_BEFORE_TOLD = 2;

export interface Housekeeping {
  /** From now on, until it is closed. What fails again and again is told once. */
  start(tell: (problem: string) => void): void;
  close(): void;
}

/** Removes runs that are past their time, and then what else is: `trim` stops between two steps when `closed` says so. */
export function createHousekeeping(store: Pick<Store, "prune">, clock: Clock, trim?: (now: number, closed: () => boolean) => Promise<void>): Housekeeping {
  let closed = false;
  let cancel = (): void => undefined;
  let failures = 0;
  let tell: (problem: string) => void = () => undefined;
  const next = (delay: number): void => {
    cancel = clock.after(delay, () => void turn().then(done, failed));
  };
  const done = (more: boolean): void => {
    failures = 0;
    if (!closed) next(more ? PAUSE_MS : EVERY_MS);
  };
  /** What was not removed is there the next time. */
  const failed = (thrown: unknown): void => {
    if (closed) return;
    failures += 1;
    if (failures === FAILED_BEFORE_TOLD) tell(`what is past its time was not removed: ${clauseOf(thrown)}. It is tried each hour; until then the store grows`);
    next(EVERY_MS);
  };
  /** True: there is more. */
  async function turn(): Promise<boolean> {
    const now = clock.now();
    if ((await store.prune({ before: now - RUNS_MS }, MOST, now)) === MOST) return true;
    await trim?.(now, () => closed);
    return false;
  }
  return {
    start(to) {
      tell = to;
      next(FIRST_MS);
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
