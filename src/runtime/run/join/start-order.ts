import type { Ended, Race } from "./branches.js";

/** The next branch that may start, in order; null while none may. */
export function starter({ after }: Race, begin: readonly number[], ended: ReadonlyMap<number, Ended>, may: (index: number) => boolean): () => number | null {
  if (after === undefined) {
    let at = 0;
    return () => {
      const index = begin[at];
      if (index === undefined || !may(index)) return null;
      at += 1;
      return index;
    };
  }
  const waiting = new Set(begin);
  return () => {
    for (const index of waiting) {
      if (!after(index).every((before) => ended.has(before)) || !may(index)) continue;
      waiting.delete(index);
      return index;
    }
    return null;
  };
}
