import type { RunId } from "../../core/run-id.js";

/** Places of a trigger's concurrency that are taken. */
export interface Places {
  take(run: RunId): void;
  /** False where the run has none. */
  give(run: RunId): boolean;
  has(run: RunId): boolean;
  count(): number;
}

/**
 * A run may have two for a moment: a message that comes again begins early, and its run is taken up from the store before
 * it is found out that it is there already. Each gives back its own.
 */
export function createPlaces(): Places {
  const taken = new Map<RunId, number>();
  let count = 0;
  return {
    take(run) {
      taken.set(run, (taken.get(run) ?? 0) + 1);
      count += 1;
    },
    give(run) {
      const had = taken.get(run);
      if (had === undefined) return false;
      if (had === 1) taken.delete(run);
      else taken.set(run, had - 1);
      count -= 1;
      return true;
    },
    has: (run) => taken.has(run),
    count: () => count,
  };
}
