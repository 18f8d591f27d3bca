import type { Clock } from "../../core/ports/clock.js";
import type { Store } from "../../core/ports/store.js";
import { RETENTION_MS } from "../bus/retention.js";
import type { Database } from "./database.js";

/** Ended runs are kept for a week, like messages (I39). */
const RUNS_MS = 7 * 24 * 3_600_000;
/** Not at once: what a start has to do comes first. */
const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
/** Runs that go at once, and the time until the next ones: commits have the file between. */
const MOST = 100;
const PAUSE_MS = 50;

/** Removes beside everything else what is past its time, until it is closed; without a file only runs. */
export function startHousekeeping(database: Pick<Database, "write" | "read"> | null, store: Pick<Store, "prune">, clock: Clock): { close(): void } {
  let closed = false;
  let cancel = (): void => undefined;
  const next = (delay: number, act: () => Promise<boolean>): void => {
    cancel = clock.after(delay, () => {
      // What fails now is there the next time; the disk's trouble is told by the commits that meet it.
      void act().then((more) => plan(more), () => plan(false));
    });
  };
  const plan = (more: boolean): void => {
    if (!closed) next(more ? PAUSE_MS : EVERY_MS, turn);
  };
  /** True: there is more. */
  async function turn(): Promise<boolean> {
    const now = clock.now();
    if ((await store.prune({ before: now - RUNS_MS }, MOST, now)) === MOST) return true;
    // Topics in use are trimmed by the bus; this is for those that nobody uses any more.
    if (database === null) return false;
    for (const { topic } of await database.read("busTopics")) while (!closed && (await database.write("busTrim", topic, now - RETENTION_MS)));
    return false;
  }
  next(FIRST_MS, turn);
  return {
    close() {
      closed = true;
      cancel();
    },
  };
}
