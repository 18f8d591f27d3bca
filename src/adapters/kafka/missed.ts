import type { Clock } from "../../core/ports/clock.js";
import type { Driver } from "./driver.js";
import { groupName } from "./group-id.js";

/** Transactions leave gaps too, perhaps many: the broker is asked of a partition no more often than this. */
const LOOK_MS = 1000;

interface MissedOf {
  readonly topic: string;
  /** At the broker. */
  readonly group: string;
  notice(text: string): void;
}

/** Says what retention removed before the group had read it: the library goes on behind it without a word. */
export interface Missed {
  /** Between where the group stood and what is kept. */
  tell(partition: number, messages: number): void;
  /** The next record does not stand where one went on. */
  gap(partition: number, from: number): void;
}

export function createMissed(driver: Pick<Driver, "ranges">, clock: Clock, { topic, group, notice }: MissedOf): Missed {
  const lookedAt = new Map<number, number>();
  const tell = (partition: number, messages: number): void =>
    notice(`${messages === 1 ? "a message" : `up to ${messages} messages`} of \`${topic}\` (partition ${partition}) went before the group \`${groupName(group, topic)}\` had read them: the topic's retention is shorter than the group was behind`);
  async function look(partition: number, from: number): Promise<void> {
    const low = (await driver.ranges(topic)).find((one) => one.partition === partition)?.low ?? 0;
    if (low > from) tell(partition, low - from);
  }
  return {
    tell,
    gap(partition, from) {
      if (clock.monotonic() - (lookedAt.get(partition) ?? -Infinity) < LOOK_MS) return;
      lookedAt.set(partition, clock.monotonic());
      // A broker that is away is told elsewhere.
      look(partition, from).catch(() => undefined);
    },
  };
}
