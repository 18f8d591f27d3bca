import type { GroupDriver, Position, Positions, Range } from "./driver.js";
import { changed, stoodAt, type Stood, type StoodBy } from "./stood.js";

interface Begin {
  /** Where a group begins in each partition that it has never read; beyond them, at what is kept. */
  readonly starts: Positions;
  readonly settled: ReadonlySet<number>;
  /** Of partitions where the group stands before what is kept: how much went. */
  readonly gone: ReadonlyMap<number, number>;
}

/**
 * Fixed when a group is first subscribed to, and stored there and then: a group that began at the end goes on from there,
 * whoever of its members comes first, also where the first one dies before it has come. A partition that is new since
 * then is read from its beginning. A group that `met` knows and that has no positions goes on where it stood.
 */
export async function startsOf(driver: GroupDriver, topic: string, group: string, from: "latest" | "earliest", met: StoodBy): Promise<Begin> {
  const { ranges, positions, isNew } = await standing(driver, topic, group, met.get(group) ?? new Map());
  const gone = new Map(
    ranges.flatMap(({ partition, low }) => {
      const messages = low - (positions.get(partition)?.offset ?? low);
      return messages > 0 ? [[partition, messages] as const] : [];
    }),
  );
  const end = from === "latest" && isNew && !met.has(group);
  if (!isNew) know(met, group);
  const missing = ranges.filter(({ partition }) => !positions.has(partition));
  const stood = await stoodAt(driver, topic, missing, met.get(group) ?? new Map());
  const starts = new Map(missing.map(({ partition, low, high }) => [partition, stood.get(partition) ?? unread(end ? high : low)] as const));
  if (starts.size > 0 && (await driver.begin(group, topic, starts))) {
    know(met, group);
    return { starts: new Map(), settled: new Set(ranges.map(({ partition }) => partition)), gone };
  }
  return { starts, settled: new Set(positions.keys()), gone };
}

/** Where partitions of a group go on, or begin where nobody has stored a position. */
export async function positionsOf(driver: GroupDriver, topic: string, group: string, partitions: readonly number[], starts: Positions, known: Stood): Promise<Positions> {
  const { ranges, positions } = await standing(driver, topic, group, known);
  const lows = new Map(ranges.map(({ partition, low }) => [partition, low]));
  const missing = ranges.filter(({ partition }) => partitions.includes(partition) && !positions.has(partition));
  const stood = await stoodAt(driver, topic, missing, known);
  return new Map(partitions.map((partition) => [partition, positions.get(partition) ?? stood.get(partition) ?? starts.get(partition) ?? unread(lows.get(partition) ?? 0)]));
}

/** What the topic holds, and the group's positions in it, but for partitions that were changed below them: these are read anew. */
async function standing(driver: GroupDriver, topic: string, group: string, stood: Stood): Promise<{ readonly ranges: readonly Range[]; readonly positions: Positions; readonly isNew: boolean }> {
  const [ranges, committed] = await Promise.all([driver.ranges(topic), driver.committed(group, topic)]);
  const positions = new Map(committed.get(topic));
  for (const partition of await changed(driver, topic, ranges, positions, stood)) positions.delete(partition);
  return { ranges, positions, isNew: !committed.has(topic) };
}

const unread = (offset: number): Position => ({ offset, last: null });

export function know(met: StoodBy, group: string): Stood {
  const known: Stood = met.get(group) ?? new Map();
  met.set(group, known);
  return known;
}
