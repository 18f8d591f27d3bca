/** A partition as a group sees it. */
export interface PartitionEnd {
  readonly index: number;
  /** The offset that the next message will have. */
  end(): number;
}

/** How far a group is in one partition. Offsets below `committed` are acknowledged; above, one by one. */
export interface Progress {
  readonly partition: number;
  /** The next offset to deliver, or -1. */
  next(): number;
  /** What `next` said is delivered. */
  take(): void;
  /** Which delivery of it the last one was. */
  attempt(offset: number): number;
  ack(offset: number): void;
  /** Up to where all from the cursor on is delivered in order and for the first time: the cursor itself, once something was given back. */
  plainEnd(): number;
  /** `takePlain` and `ackSpan` are `take` and `ack` of a run of offsets, at the price of one. */
  takePlain(to: number): void;
  ackSpan(from: number, to: number): void;
  /** Held back until the result is called, which makes it due; null: it is not in flight. */
  giveBack(offset: number): (() => void) | null;
  /** Everything in flight becomes due: its reader is gone. */
  requeue(): void;
  inFlight(): number;
  committed(): number;
  /** Where nothing has been delivered yet. */
  cursor(): number;
  /** Of offsets that failed: how often. */
  failures(): readonly (readonly [number, number])[];
  lag(): number;
}

export function createProgress(partition: PartitionEnd, start: number, failed: readonly (readonly [number, number])[] = []): Progress {
  let committed = start;
  let cursor = start;
  /** Acknowledged above `committed`. */
  const acked = new Set<number>();
  /** Given back: waiting for its delay, or due. */
  const back = new Set<number>();
  let due: number[] = [];
  const failures = new Map(failed);
  const isOpen = (offset: number): boolean => offset >= committed && offset < cursor && (acked.size === 0 || !acked.has(offset));
  const fail = (offset: number): void => {
    back.add(offset);
    failures.set(offset, (failures.get(offset) ?? 0) + 1);
  };
  const ack = (offset: number): void => {
    if (!isOpen(offset) || (back.size > 0 && back.has(offset))) return;
    if (failures.size > 0) failures.delete(offset);
    if (offset !== committed) {
      acked.add(offset);
      return;
    }
    committed += 1;
    while (acked.size > 0 && acked.delete(committed)) committed += 1;
  };
  return {
    partition: partition.index,
    next: () => due[0] ?? (cursor < partition.end() ? cursor : -1),
    take() {
      const again = due.length === 0 ? undefined : due.shift();
      if (again === undefined) cursor += 1;
      else back.delete(again);
    },
    attempt: (offset) => (failures.size === 0 ? 1 : (failures.get(offset) ?? 0) + 1),
    ack,
    plainEnd: () => (failures.size === 0 ? partition.end() : cursor),
    takePlain(to) {
      cursor = to;
    },
    ackSpan(from, to) {
      if (from === committed && to <= cursor && acked.size === 0 && failures.size === 0) committed = to;
      else for (let offset = from; offset < to; offset += 1) ack(offset);
    },
    giveBack(offset) {
      if (!isOpen(offset) || back.has(offset)) return null;
      fail(offset);
      return () => due.push(offset);
    },
    requeue() {
      const open: number[] = [];
      for (let offset = committed; offset < cursor; offset += 1) {
        if (!isOpen(offset) || back.has(offset)) continue;
        fail(offset);
        open.push(offset);
      }
      due = [...due, ...open].sort((a, b) => a - b);
    },
    inFlight: () => cursor - committed - acked.size - back.size,
    committed: () => committed,
    cursor: () => cursor,
    failures: () => [...failures],
    lag: () => partition.end() - committed - acked.size,
  };
}
