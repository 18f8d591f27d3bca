import type { Clock } from "../../core/ports/clock.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Driver, NewRecord } from "./driver.js";
import { partitionOf } from "./partition.js";

/** Partitions that somebody adds are used after this time. */
const FRESH_MS = 60_000;
/** A topic that is not there for so long is not about to come: a server that starts knows its topics by then. */
const MISSING_MS = 5000;

export interface Places {
  /** Where messages of a topic go; `missing`: there is no such topic, `unknown`: there is none now. */
  of(topic: string): Promise<Place | "missing" | "unknown">;
  forget(): void;
}

export type Place = (message: Outgoing) => NewRecord;

/** Messages of one key go to one partition, as with every client of Kafka; those without a key keep their order too, in the first one. */
export function createPlaces(driver: Driver, clock: Clock): Places {
  const counts = new Map<string, { readonly count: number; readonly at: number }>();
  const missing = new Map<string, number>();

  async function countOf(topic: string): Promise<number | null> {
    const known = counts.get(topic);
    if (known !== undefined && clock.monotonic() - known.at < FRESH_MS) return known.count;
    const partitions = await driver.partitions(topic);
    if (partitions === null) return null;
    counts.set(topic, { count: partitions.length, at: clock.monotonic() });
    missing.delete(topic);
    return partitions.length;
  }
  return {
    async of(topic) {
      const count = await countOf(topic);
      if (count !== null) return ({ key, headers, body }) => ({ topic, partition: key === null ? 0 : partitionOf(key, count), key, value: typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength), headers });
      const since = missing.get(topic) ?? clock.monotonic();
      missing.set(topic, since);
      return clock.monotonic() - since < MISSING_MS ? "unknown" : "missing";
    },
    forget: () => counts.clear(),
  };
}
