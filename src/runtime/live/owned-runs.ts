import type { RunId } from "../../core/run-id.js";
import type { OwnedRun } from "./owned-run.js";

/** The runs in this process's memory, by id. */
export interface OwnedRuns {
  get(run: RunId): OwnedRun | undefined;
  has(run: RunId): boolean;
  set(run: RunId, owned: OwnedRun): void;
  delete(run: RunId): void;
  values(): Iterable<OwnedRun>;
}

/**
 * A Map whose entries come and go for hours grows a new table each time the old one is full of what was deleted. Such a
 * table keeps what it had then, and lies in the old space as its Map does: no collection of the young space finds it dead,
 * and each holds the sixty runs of its time, with all that they hold. So all of a run was copied twice, and every pause was
 * three times as long. What such a table keeps here is an empty cell.
 */
export function createOwnedRuns(): OwnedRuns {
  const cells = new Map<RunId, { run: OwnedRun | undefined }>();
  return {
    get: (id) => cells.get(id)?.run,
    has: (id) => cells.has(id),
    set: (id, run) => void cells.set(id, { run }),
    delete(id) {
      const cell = cells.get(id);
      if (cell === undefined) return;
      cell.run = undefined;
      cells.delete(id);
    },
    *values() {
      for (const { run } of cells.values()) if (run !== undefined) yield run;
    },
  };
}
