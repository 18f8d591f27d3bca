import type { Delivery } from "../../core/ports/bus.js";
import type { StoredRecord } from "./driver.js";
import { deliveryOf } from "./message.js";
import type { Tracker } from "./tracker.js";

interface Waiting {
  readonly tracker: Tracker;
  readonly records: readonly StoredRecord[];
  /** Behind the last one. */
  readonly next: number;
  at: number;
}

/** Records that were fetched and that the reader has not had. */
export interface Buffer {
  put(tracker: Tracker, records: readonly StoredRecord[], next: number): void;
  /** Moves up to `count` into `into`. */
  take(into: Delivery[], count: number): void;
  size(): number;
  clear(): void;
}

export function createBuffer(topic: string): Buffer {
  let waiting: Waiting[] = [];
  let first = 0;
  let size = 0;
  return {
    put(tracker, records, next) {
      waiting.push({ tracker, records, next, at: 0 });
      size += records.length;
    },
    take(into, count) {
      while (into.length < count) {
        const head = waiting[first];
        if (head === undefined) break;
        const { tracker, records, next } = head;
        const record = records[head.at];
        if (record === undefined) {
          first += 1;
          continue;
        }
        head.at += 1;
        const offset = Number(record.offset);
        tracker.delivered(offset, head.at === records.length ? next : offset + 1, Number(record.timestamp));
        into.push(deliveryOf(topic, tracker.partition, record));
        size -= 1;
      }
      if (first === waiting.length) {
        waiting = [];
        first = 0;
      }
    },
    size: () => size,
    clear() {
      waiting = [];
      first = 0;
      size = 0;
    },
  };
}
