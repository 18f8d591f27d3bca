/** Adds to a tally, by name. */
export type Count = (what: string, times?: number) => void;

export interface Tally {
  readonly count: Count;
  readonly counts: ReadonlyMap<string, number>;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  return { counts, count: (what, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times) };
}
