/**
 * Items on their way to the thread that writes: all their texts in one string, and one list of numbers that says how
 * to cut it. Structured clones of the items themselves cost three times as much (fact f).
 */
export interface Batch {
  readonly numbers: Float64Array;
  readonly text: string;
}

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
  let text = "";
  return {
    number(value) {
      numbers.push(value);
    },
    text(value) {
      numbers.push(value === null ? -1 : value.length);
      if (value !== null) text += value;
    },
    end: () => ({ numbers: new Float64Array(numbers), text }),
  };
}

export function readBatch({ numbers, text }: Batch): BatchReader {
  let at = 0;
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
      from += length;
      return text.slice(from - length, from);
    },
  };
}
