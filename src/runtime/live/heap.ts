import type { RunId } from "../../core/run-id.js";

export interface Due {
  readonly run: RunId;
  readonly at: number;
}

/** A binary heap: what is due first is on top. */
export interface Heap {
  push(entry: Due): void;
  peek(): Due | undefined;
  pop(): void;
  size(): number;
  /** Only these stay. */
  keep(which: (entry: Due) => boolean): void;
}

export function createHeap(): Heap {
  let entries: Due[] = [];
  const at = (index: number): number => entries[index]?.at ?? Infinity;
  const swap = (a: number, b: number): void => {
    const [left, right] = [entries[a], entries[b]];
    if (left === undefined || right === undefined) return;
    entries[a] = right;
    entries[b] = left;
  };
  return {
    push(entry) {
      let index = entries.push(entry) - 1;
      for (let parent = (index - 1) >> 1; index > 0 && at(parent) > at(index); parent = (index - 1) >> 1) {
        swap(index, parent);
        index = parent;
      }
    },
    peek: () => entries[0],
    size: () => entries.length,
    keep(which) {
      // A sorted list is a heap.
      entries = entries.filter(which).sort((a, b) => a.at - b.at);
    },
    pop() {
      const last = entries.pop();
      if (last === undefined || entries.length === 0) return;
      entries[0] = last;
      for (let index = 0; ; ) {
        const left = index * 2 + 1;
        const least = at(left + 1) < at(left) ? left + 1 : left;
        if (at(least) >= at(index)) return;
        swap(index, least);
        index = least;
      }
    },
  };
}
