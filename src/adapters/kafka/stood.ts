import type { Driver, LastRecord, Positions, Range } from "./driver.js";

/** Of each partition the last record up to which everything is acknowledged, as far as this process knows. */
export type Stood = Map<number, LastRecord>;
/** Of groups of which this process knows that they have positions. */
export type StoodBy = Map<string, Stood>;

/**
 * Where partitions go on whose positions are gone. Where that record is still there the group was deleted, and goes on
 * behind it; else the topic was made anew, and is read from its beginning.
 */
export async function stoodAt(driver: Pick<Driver, "read">, topic: string, ranges: readonly Range[], stood: Stood): Promise<Positions> {
  return new Map([...(await knownIn(driver, topic, ranges, stood))].flatMap(([partition, last]) => (last === null ? [] : [[partition, { offset: last.offset + 1, last }]])));
}

/**
 * Partitions whose records up to a group's position are others now: a server that lost power, or a leader that was not in
 * sync, lost their end, and what came later has numbers again that were read. What was read stands beside the position,
 * or, where another program stored that, is what this process remembers.
 */
export async function changed(driver: Pick<Driver, "read">, topic: string, ranges: readonly Range[], positions: Positions, stood: Stood): Promise<ReadonlySet<number>> {
  const lasts = new Map(
    [...positions].flatMap(([partition, { offset, last }]) => {
      const known = last ?? stood.get(partition);
      return known !== undefined && known.offset < offset ? [[partition, known] as const] : [];
    }),
  );
  const found = await knownIn(driver, topic, ranges, lasts);
  return new Set(ranges.flatMap(({ partition, high }) => (found.get(partition) === null || (lasts.get(partition)?.offset ?? -1) >= high ? [partition] : [])));
}

/** Of partitions where a record stands under the number of the last one: that, or null where it is another one. */
async function knownIn(driver: Pick<Driver, "read">, topic: string, ranges: readonly Range[], lasts: ReadonlyMap<number, LastRecord>): Promise<ReadonlyMap<number, LastRecord | null>> {
  const found = new Map<number, LastRecord | null>();
  const left = new Map(
    ranges.flatMap(({ partition, low, high }) => {
      const last = lasts.get(partition);
      return last !== undefined && last.offset >= low && last.offset < high ? [[partition, last.offset] as const] : [];
    }),
  );
  while (left.size > 0) {
    const pieces = [...(await driver.read(topic, left))].filter(([, { records }]) => records.length > 0);
    // What is not there any more nobody gives; of many partitions an answer holds some.
    if (pieces.length === 0) return found;
    for (const [partition, { records }] of pieces) {
      left.delete(partition);
      const last = lasts.get(partition);
      const there = records.find(({ offset }) => Number(offset) === last?.offset);
      if (last !== undefined && there !== undefined) found.set(partition, Number(there.timestamp) === last.timestamp ? last : null);
    }
  }
  return found;
}
