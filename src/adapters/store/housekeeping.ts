import type { Clock } from "../../core/ports/clock.js";
import type { Store } from "../../core/ports/store.js";

/** Ended runs are kept for a week, like messages (I39). */
const RUNS_MS = 7 * 24 * 3_600_000;
/** Not at once: what a start has to do comes first. */
const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
/** Runs that go at once, and the time until the next ones: commits have the database between. */
const MOST = 100;
const PAUSE_MS = 50;

export interface Housekeeping {
  /** From now on, until it is closed. */
  start(): void;
  close(): void;
}

/** Removes runs that are past their time, and then what else is: `trim` stops between two steps when `closed` says so. */
export function createHousekeeping(store: Pick<Store, "prune">, clock: Clock, trim?: (now: number, closed: () => boolean) => Promise<void>): Housekeeping {
  let closed = false;
  let cancel = (): void => undefined;
  const next = (delay: number): void => {
    cancel = clock.after(delay, () => {
      // What fails now is there the next time; the disk's trouble is told by the commits that meet it.
      void turn().then((more) => plan(more), () => plan(false));
    });
  };
  const plan = (more: boolean): void => {
    if (!closed) next(more ? PAUSE_MS : EVERY_MS);
  };
  /** True: there is more. */
  async function turn(): Promise<boolean> {
    const now = clock.now();
    if ((await store.prune({ before: now - RUNS_MS }, MOST, now)) === MOST) return true;
    await trim?.(now, () => closed);
    return false;
  }
  return {
    start: () => next(FIRST_MS),
    close() {
      closed = true;
      cancel();
    },
  };
}
