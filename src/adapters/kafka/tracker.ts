/** What a member holds of one partition. Kafka keeps one position: below it everything is acknowledged. */
export interface Tracker {
  readonly partition: number;
  /** Behind what was delivered last. */
  cursor(): number;
  /** Below it everything is acknowledged. */
  position(): number;
  /** `next`: where one goes on behind it. */
  delivered(offset: number, next: number): void;
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
  is: "out" | "back" | "done";
  attempt: number;
  readonly next: number;
}

export function createTracker(partition: number, start: number): Tracker {
  /** In the order of offsets; nothing below `position`. */
  const entries = new Map<number, Entry>();
  let position = start;
  let cursor = start;
  let out = 0;
  let ahead = 0;
  return {
    partition,
    cursor: () => cursor,
    position: () => position,
    delivered(offset, next) {
      entries.set(offset, { is: "out", attempt: 1, next });
      cursor = next;
      out += 1;
    },
    ack(offset) {
      const entry = entries.get(offset);
      if (entry?.is !== "out") return;
      entry.is = "done";
      out -= 1;
      ahead += 1;
      for (const [first, { is, next }] of entries) {
        if (is !== "done") return;
        entries.delete(first);
        position = next;
        ahead -= 1;
      }
    },
    giveBack(offset) {
      const entry = entries.get(offset);
      if (entry?.is !== "out") return null;
      entry.is = "back";
      out -= 1;
      return (entry.attempt += 1);
    },
    again(offset) {
      const entry = entries.get(offset);
      if (entry?.is !== "back") return false;
      entry.is = "out";
      out += 1;
      return true;
    },
    out: () => out,
    ahead: () => ahead,
  };
}
