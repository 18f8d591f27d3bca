/** First come, first served. */
export interface Queue<T> {
  put(one: T): void;
  /** Undefined where there is none. */
  take(): T | undefined;
  size(): number;
}

const MOST_TAKEN = 1024;

/** Cheap also where thousands wait: those that were taken go together, and none of them is held meanwhile. */
export function createQueue<T extends object>(): Queue<T> {
  const all: (T | undefined)[] = [];
  let first = 0;
  return {
    put: (one) => void all.push(one),
    take() {
      if (first === all.length) return undefined;
      const one = all[first];
      all[first] = undefined;
      first += 1;
      if (first > MOST_TAKEN && first * 2 > all.length) {
        all.splice(0, first);
        first = 0;
      }
      return one;
    },
    size: () => all.length - first,
  };
}
