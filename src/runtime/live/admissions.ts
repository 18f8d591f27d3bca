import type { RunId } from "../../core/run-id.js";

/** Batches that are being admitted: a run of one is durable, and known to others, before the last of them is and all are in memory. */
export interface Admissions {
  during<T>(batch: Promise<T>): Promise<T>;
  /** Resolves when those that are under way now have ended, whichever way. */
  over(): Promise<void>;
  /** A run that is in memory before its admission is durable: an effect of it begins when it is (I25), and none where it is `lost`. */
  early(run: RunId, durable: Promise<boolean>, lost: () => void): Promise<boolean>;
  /** Whether it becomes durable; undefined where it is. */
  pending(run: RunId): Promise<boolean> | undefined;
}

export function createAdmissions(): Admissions {
  const underWay = new Set<Promise<unknown>>();
  const early = new Map<RunId, Promise<boolean>>();
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
        const admitted = await durable;
        if (!admitted) lost();
        return admitted;
      } finally {
        early.delete(run);
      }
    },
    pending: (run) => early.get(run),
  };
}
