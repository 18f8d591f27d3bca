import type { Clock } from "../../../core/ports/clock.js";
import type { Database } from "../../sqlite/database.js";
import { RETENTION_MS } from "../retention.js";

/** Removes what is past its retention, beside everything else and not with each message. */
export interface Retention {
  /** The topic is in use. */
  used(topic: string): void;
  close(): void;
}

const EVERY_MS = 10 * 60_000;

export function createRetention(database: Pick<Database, "later">, clock: Clock): Retention {
  const last = new Map<string, number>();
  let closed = false;

  async function trim(topic: string): Promise<void> {
    try {
      while (!closed && (await database.later("busTrim", topic, clock.now() - RETENTION_MS)));
    } catch {
      // Nothing was promised to go at a time: the next turn removes it.
    }
  }
  return {
    used(topic) {
      const now = clock.now();
      const at = last.get(topic);
      // A clock that was set back trims too early once.
      if (at !== undefined && Math.abs(now - at) < EVERY_MS) return;
      last.set(topic, now);
      void trim(topic);
    },
    close() {
      closed = true;
    },
  };
}

/** Of all topics, also of those that nobody uses any more: these the bus does not trim. */
export async function trimTopics(database: Pick<Database, "read" | "write">, now: number, closed: () => boolean): Promise<void> {
  for (const { topic } of await database.read("busTopics")) while (!closed() && (await database.write("busTrim", topic, now - RETENTION_MS)));
}
