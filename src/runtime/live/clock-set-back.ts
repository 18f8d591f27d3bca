import { Timestamp } from "../../expr/evaluate/time.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";

/** Clocks of machines that are kept in time differ by less. */
const SLACK_MS = 60_000;

/**
 * Times are the machine's, so that what waits for one comes later when the clock was set back since. Nothing is lost by
 * that, and whoever set it may not know who waits: it is said once, at the start.
 */
export async function tellSetBack({ ports, stopped }: World): Promise<void> {
  const { clock, store, observer } = ports;
  const [newest] = await patiently(clock, stopped, () => store.runs({ limit: 1 }));
  const last = newest === undefined ? -Infinity : Math.max(newest.admittedAt, newest.finishedAt ?? -Infinity);
  if (last <= clock.now() + SLACK_MS) return;
  observer.notice?.(`the clock was set back: the newest run in the store is of ${new Timestamp(last).toString()}. Nothing is lost; waits, retries and schedules go on when the clock has come to their times`);
}
