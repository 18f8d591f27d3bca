/**
 * Items on their way to the thread that writes: all their texts in one string, and one list of numbers that says how
 * to cut it. Structured clones of the items themselves cost three times as much (fact f).
 */
export interface Batch {
  readonly numbers: Float64Array;
  /** One, but where they are long. */
  readonly texts: readonly string[];
}

/** Characters from which on another string begins: V8 holds 536 million in one, and a run may have emitted more at once. */
const LONG = 64 * 1024 * 1024;

/** Writes what BatchReader reads, in the same order. */
export interface BatchWriter {
  number(value: number): void;
  /** Null is told from "". */
  text(value: string | null): void;
  end(): Batch;
}

export interface BatchReader {
  number(): number;
  text(): string | null;
}

/** In the place of a number or a length: nothing. Times are never NaN. */
export const NOTHING = Number.NaN;

export function writeBatch(): BatchWriter {
  const numbers: number[] = [];
  const before: string[] = [];
  let text = "";
  return {
    number(value) {
      numbers.push(value);
    },
    text(value) {
      numbers.push(value === null ? -1 : value.length);
      if (value === null) return;
      text += value;
      if (text.length < LONG) return;
      before.push(text);
      text = "";
    },
    end: () => ({ numbers: new Float64Array(numbers), texts: [...before, text] }),
  };
}

export function readBatch({ numbers, texts }: Batch): BatchReader {
  let at = 0;
  let [text = "", ...later] = texts;
  let from = 0;
  const number = (): number => {
    const value = numbers[at];
    if (value === undefined) throw new Error("a batch of the store ends early");
    at += 1;
    return value;
  };
  return {
    number,
    text() {
      const length = number();
      if (length < 0) return null;
      if (from >= LONG) {
        [text = "", ...later] = later;
        from = 0;
      }
      from += length;
      return text.slice(from - length, from);
    },
  };
}
