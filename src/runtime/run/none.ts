/**
 * What only a journal can bring about, a pure run has not: it waits for nothing, locks nothing and undoes nothing. One of
 * each for all pure runs, for a dozen empty collections cost as much as a small flow. To write to one is a fault of ours.
 */
const refuse = (): never => {
  throw new TypeError("a pure run has none of these");
};
const MAP: Map<never, never> = Object.assign(new Map<never, never>(), { set: refuse });
const SET: Set<never> = Object.assign(new Set<never>(), { add: refuse });

export const noMap = <K, V>(): Map<K, V> => MAP;
export const noSet = <T>(): Set<T> => SET;
