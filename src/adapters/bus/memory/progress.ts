import { endOf, type Partition } from "./topic.js";

/** How far a group is in one partition. Offsets below `committed` are acknowledged; above, one by one. */
export interface Progress {
  readonly partition: Partition;
  /** The next offset to deliver, or -1. */
  take(): number;
  /** Which delivery of it the last one was. */
  attempt(offset: number): number;
  ack(offset: number): void;
  /** Held back until `again` is called, which makes it due. */
  giveBack(offset: number): () => void;
  /** Everything in flight becomes due: its reader is gone. */
  requeue(): void;
  inFlight(): number;
  committed(): number;
  lag(): number;
}

export function createProgress(partition: Partition, start: number): Progress {
  let committed = start;
  let cursor = start;
  /** Acknowledged above `committed`. */
  const acked = new Set<number>();
  /** Given back: waiting for its delay, or due. */
  const back = new Set<number>();
  let due: number[] = [];
  const attempts = new Map<number, number>();
  const isOpen = (offset: number): boolean => offset >= committed && offset < cursor && (acked.size === 0 || !acked.has(offset));
  const inFlight = (): number => cursor - committed - acked.size - back.size;
  return {
    partition,
    take() {
      const again = due.length === 0 ? undefined : due.shift();
      if (again !== undefined) {
        back.delete(again);
        return again;
      }
      if (cursor >= endOf(partition)) return -1;
      cursor += 1;
      return cursor - 1;
    },
    attempt: (offset) => (attempts.size === 0 ? 1 : (attempts.get(offset) ?? 0) + 1),
    ack(offset) {
      if (!isOpen(offset) || (back.size > 0 && back.has(offset))) return;
      if (attempts.size > 0) attempts.delete(offset);
      if (offset !== committed) {
        acked.add(offset);
        return;
      }
      committed += 1;
      while (acked.size > 0 && acked.delete(committed)) committed += 1;
    },
    giveBack(offset) {
      if (!isOpen(offset) || back.has(offset)) return () => undefined;
      back.add(offset);
      attempts.set(offset, (attempts.get(offset) ?? 0) + 1);
      return () => due.push(offset);
    },
    requeue() {
      const open: number[] = [];
      for (let offset = committed; offset < cursor; offset += 1) {
        if (!isOpen(offset) || back.has(offset)) continue;
        back.add(offset);
        attempts.set(offset, (attempts.get(offset) ?? 0) + 1);
        open.push(offset);
      }
      due = [...due, ...open].sort((a, b) => a - b);
    },
    inFlight,
    committed: () => committed,
    lag: () => endOf(partition) - committed - acked.size,
  };
}
