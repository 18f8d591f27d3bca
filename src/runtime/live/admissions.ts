/** Batches that are being admitted: a run of one is durable, and known to others, before the last of them is and all are in memory. */
export interface Admissions {
  during<T>(batch: Promise<T>): Promise<T>;
  /** Resolves when those that are under way now have ended, whichever way. */
  over(): Promise<void>;
}

export function createAdmissions(): Admissions {
  const underWay = new Set<Promise<unknown>>();
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
  };
}
