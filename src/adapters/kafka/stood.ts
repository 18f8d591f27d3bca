import type { Driver, Range } from "./driver.js";

/** Of each partition the last record up to which everything is acknowledged, as far as this process knows. */
export type Stood = Map<number, LastRecord>;
export interface LastRecord {
  readonly offset: number;
  readonly timestamp: number;
}
/** Of groups of which this process knows that they have positions. */
export type StoodBy = Map<string, Stood>;

/**
 * Where partitions go on whose positions are gone. Where that record is still there the group was deleted, and goes on
 * behind it; else the topic was made anew, and is read from its beginning.
 */
export async function stoodAt(driver: Pick<Driver, "read">, topic: string, ranges: readonly Range[], stood: Stood): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  const left = new Map(
    ranges.flatMap(({ partition, low, high }) => {
      const last = stood.get(partition);
      return last !== undefined && last.offset >= low && last.offset < high ? [[partition, last.offset] as const] : [];
    }),
  );
  while (left.size > 0) {
    const pieces = [...(await driver.read(topic, left))].filter(([, { records }]) => records.length > 0);
    // What is not there any more nobody gives; of many partitions an answer holds some.
    if (pieces.length === 0) return found;
    for (const [partition, { records }] of pieces) {
      left.delete(partition);
      const last = stood.get(partition);
      if (last !== undefined && records.some(({ offset, timestamp }) => Number(offset) === last.offset && Number(timestamp) === last.timestamp)) found.set(partition, last.offset + 1);
    }
  }
  return found;
}
