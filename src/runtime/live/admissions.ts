import type { RunId } from "../../core/run-id.js";
import { JournalLost } from "../run/journal.js";

/** Batches that are being admitted: a run of one is durable, and known to others, before the last of them is and all are in memory. */
export interface Admissions {
  during<T>(batch: Promise<T>): Promise<T>;
  /** Resolves when those that are under way now have ended, whichever way. */
  over(): Promise<void>;
  /** A run that is in memory before its admission is durable: it reads at the most until then (I4), and nothing comes of it where it is `lost`. */
  early(run: RunId, durable: Promise<boolean>, lost: () => void): Promise<Early>;
  /** Somebody wants to wake the run of this id: if the one in memory comes to nothing, another one is meant. */
  passBy(run: RunId): void;
  /** For who goes on only where it becomes durable: rejects with JournalLost; undefined where it is. */
  sure(run: RunId): Promise<void> | undefined;
}

/** `passed by`: refused, and who wanted to wake the run that is there has found this one. */
export type Early = "begun" | "refused" | "passed by";

export function createAdmissions(): Admissions {
  const underWay = new Set<Promise<unknown>>();
  const early = new Map<RunId, Promise<boolean>>();
  const passed = new Set<RunId>();
  return {
    async during(batch) {
      underWay.add(batch);
      try {
        return await batch;
      } finally {
        underWay.delete(batch);
      }
    },
    async over() {
      if (underWay.size > 0) await Promise.allSettled(underWay);
    },
    async early(run, durable, lost) {
      early.set(run, durable);
      try {
        if (await durable) return "begun";
        lost();
        return passed.has(run) ? "passed by" : "refused";
      } finally {
        early.delete(run);
        passed.delete(run);
      }
    },
    passBy: (run) => void (early.has(run) && passed.add(run)),
    sure: (run) => early.get(run)?.then((durable) => (durable ? undefined : Promise.reject(new JournalLost(`run ${run} is there already`)))),
  };
}
