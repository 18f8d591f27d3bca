import type { Delivery } from "../../../core/ports/bus.js";

/** What was published last in one partition, for readers who are close behind; all others read pages from the file. */
export interface Tail {
  /** The offset that the next message will have, as far as this process knows. */
  end(): number;
  get(offset: number): Delivery | null;
  append(offset: number, delivery: Delivery): void;
  /** The file ends here at least. */
  reaches(end: number): void;
  /** Cursors did: what all have read is forgotten. */
  moved(): void;
}

/** What the tails of one bus hold together. */
export interface TailMemory {
  characters: number;
}

/** Of a bus. When that is full, a tail is dropped and its readers read pages. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** An object's own share. */
const RECORD_CHARACTERS = 200;
/** A reader that is so close will be at the tail with its next page. */
const CLOSE = 256;

/** `cursors`: what the readers that are there want next. */
export function createTail(memory: TailMemory, cursors: () => readonly number[]): Tail {
  let base = 0;
  let end = 0;
  let records: Delivery[] = [];
  const drop = (count: number): void => {
    for (let at = 0; at < count; at += 1) memory.characters -= sizeOf(records[at]);
    records = count === records.length ? [] : records.slice(count);
    base += count;
  };
  const skipTo = (offset: number): void => {
    drop(records.length);
    base = offset;
    end = offset;
  };
  return {
    end: () => end,
    get: (offset) => records[offset - base] ?? null,
    append(offset, delivery) {
      if (offset < end) return;
      if (offset > end) skipTo(offset);
      const size = sizeOf(delivery);
      if (!cursors().some((cursor) => cursor >= base - CLOSE) || memory.characters + size > MAX_CHARACTERS) {
        skipTo(offset + 1);
        return;
      }
      records.push(delivery);
      memory.characters += size;
      end = offset + 1;
    },
    reaches(known) {
      if (known > end) skipTo(known);
    },
    moved() {
      if (records.length === 0) return;
      // Those below are not waited for: they read pages.
      const count = Math.min(records.length, ...cursors().flatMap((cursor) => (cursor < base ? [] : [cursor - base])));
      // Half at a time: each record is moved once on average.
      if (count > 0 && count * 2 >= records.length) drop(count);
    },
  };
}

const sizeOf = (delivery: Delivery | undefined): number => RECORD_CHARACTERS + (delivery?.body.length ?? 0);
