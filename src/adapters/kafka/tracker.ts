import type { LastRecord } from "./driver.js";

/** What a member holds of one partition. Kafka keeps one position: below it everything is acknowledged. */
export interface Tracker {
  readonly partition: number;
  /** Behind what was delivered last. */
  cursor(): number;
  /** Below it everything is acknowledged. */
  position(): number;
  /** The last one of those below it that came to this member. */
  last(): LastRecord | null;
  /** `next`: where one goes on behind it. */
  delivered(offset: number, next: number, timestamp: number): void;
  ack(offset: number): void;
  /** Held back; which delivery the next one is. Null: it is not at the reader. */
  giveBack(offset: number): number | null;
  /** What was given back goes to the reader again. False: it is acknowledged, or was never here. */
  again(offset: number): boolean;
  /** At the reader. */
  out(): number;
  /** Acknowledged behind a gap. */
  ahead(): number;
}

interface Entry {
  readonly offset: number;
  is: "out" | "back" | "done";
  attempt: number;
  readonly next: number;
  readonly timestamp: number;
}

/** So many that are done stand before the others before they are let go. */
const SLACK = 4096;

export function createTracker(partition: number, start: number): Tracker {
  /** In the order of offsets; from `first` on nothing below `position`. */
  let entries: Entry[] = [];
  let first = 0;
  let position = start;
  let cursor = start;
  let out = 0;
  let ahead = 0;
  let last: LastRecord | null = null;

  /** Offsets nearly always follow each other, and where some are missing it stands before where it would be. */
  function entryOf(offset: number): Entry | undefined {
    const head = entries[first];
    if (head === undefined || offset < head.offset) return undefined;
    let [low, high] = [first, Math.min(first + offset - head.offset, entries.length - 1)];
    while (low <= high) {
      const entry = entries[high];
      if (entry === undefined || entry.offset <= offset) return entry?.offset === offset ? entry : undefined;
      const middle = (low + high) >> 1;
      if ((entries[middle]?.offset ?? offset) > offset) high = middle - 1;
      else {
        low = middle;
        high -= 1;
      }
    }
    return undefined;
  }
  return {
    partition,
    cursor: () => cursor,
    position: () => position,
    last: () => last,
    delivered(offset, next, timestamp) {
      entries.push({ offset, is: "out", attempt: 1, next, timestamp });
      cursor = next;
      out += 1;
    },
    ack(offset) {
      const entry = entryOf(offset);
      if (entry?.is !== "out") return;
      entry.is = "done";
      out -= 1;
      ahead += 1;
      for (let head = entries[first]; head?.is === "done"; head = entries[first]) {
        position = head.next;
        last = head;
        first += 1;
        ahead -= 1;
      }
      if (first < SLACK && first < entries.length) return;
      entries = entries.slice(first);
      first = 0;
    },
    giveBack(offset) {
      const entry = entryOf(offset);
      if (entry?.is !== "out") return null;
      entry.is = "back";
      out -= 1;
      return (entry.attempt += 1);
    },
    again(offset) {
      const entry = entryOf(offset);
      if (entry?.is !== "back") return false;
      entry.is = "out";
      out += 1;
      return true;
    },
    out: () => out,
    ahead: () => ahead,
  };
}
