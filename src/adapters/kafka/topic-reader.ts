import { storedText } from "../../core/bytes.js";
import type { StoredMessage, TopicReader, TopicSummary } from "../../core/ports/operator.js";
import type { Driver, Positions, Range } from "./driver.js";
import { groupName } from "./group-id.js";
import { deliveryOf } from "./message.js";

type Offsets = ReadonlyMap<number, number>;

/** Places that are remembered; who asks for an older one gets the topic from its beginning. */
const MOST_PLACES = 1000;

/**
 * Topics as an operator sees them. Kafka has an offset per partition and no position of a topic: here it is how many
 * messages there have been up to one, in the order in which this reader gave them, with the offsets kept beside it.
 */
export function createTopicReader(driver: Driver): TopicReader {
  /** `<topic> <position>` → where each partition goes on. */
  const places = new Map<string, Offsets>();

  /** From each partition on, in the order of time, at most `limit`. */
  async function read(topic: string, from: Offsets, ranges: readonly Range[], limit: number): Promise<readonly StoredMessage[]> {
    const next = new Map(ranges.map(({ partition, low }) => [partition, Math.max(from.get(partition) ?? low, low)]));
    const lists = await Promise.all(ranges.map(async ({ partition, high }) => await readPartition(topic, partition, next.get(partition) ?? 0, high, limit)));
    const all = lists.flat().toSorted((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || Number(a.offset) - Number(b.offset));
    const found: StoredMessage[] = [];
    for (const message of ordered(all).slice(0, limit)) {
      next.set(message.partition, Number(message.offset) + 1);
      found.push({ ...message, position: sum(next) });
    }
    const last = found.at(-1);
    if (last !== undefined) remember(`${topic} ${last.position}`, next);
    return found;
  }
  async function readPartition(topic: string, partition: number, from: number, to: number, limit: number): Promise<readonly Message[]> {
    const found: Message[] = [];
    let at = from;
    while (at < to && found.length < limit) {
      const piece = (await driver.read(topic, new Map([[partition, at]]))).get(partition);
      // What is left is of transactions that are not over.
      if (piece === undefined || piece.next <= at) break;
      for (const record of piece.records) {
        const { attempt: _, ...delivery } = deliveryOf(topic, partition, record);
        found.push(storedText(delivery));
      }
      at = piece.next;
    }
    return found.slice(0, limit);
  }
  function remember(key: string, offsets: Offsets): void {
    places.delete(key);
    places.set(key, offsets);
    const [oldest] = places.keys();
    if (places.size > MOST_PLACES && oldest !== undefined) places.delete(oldest);
  }
  async function rangesOf(topic: string): Promise<readonly Range[]> {
    return (await driver.partitions(topic)) === null ? [] : await driver.ranges(topic);
  }

  return {
    async topics() {
      const names = (await driver.topics()).filter((name) => !name.startsWith("__"));
      const groups = await Promise.all((await driver.groups()).map(async (id) => ({ id, committed: await driver.committed(id) })));
      const all = await driver.allRanges(names);
      return names.toSorted().map((topic): TopicSummary => {
        const ranges = all.get(topic) ?? [];
        return {
          topic,
          partitions: ranges.length,
          messages: ranges.reduce((messages, { low, high }) => messages + high - low, 0),
          groups: groups.flatMap(({ id, committed }) => {
            const positions = committed.get(topic);
            return positions === undefined ? [] : [{ group: groupName(id, topic), lag: behind(ranges, positions) }];
          }),
        };
      });
    },
    async messages(topic, which) {
      const ranges = await rangesOf(topic);
      if ("after" in which) return await read(topic, places.get(`${topic} ${which.after}`) ?? new Map(), ranges, which.limit);
      const from = new Map(ranges.map(({ partition, low, high }) => [partition, Math.max(low, high - which.last)]));
      const found = await read(topic, from, ranges, Number.MAX_SAFE_INTEGER);
      return found.slice(-which.last);
    },
  };
}
type Message = Omit<StoredMessage, "position">;

/** A partition's own order stands above its times, which who wrote it may have set. */
function ordered(byTime: readonly Message[]): readonly Message[] {
  const of = Map.groupBy(byTime, ({ partition }) => partition);
  // The last first: from the end each is taken at once.
  for (const list of of.values()) list.sort((a, b) => Number(b.offset) - Number(a.offset));
  return byTime.flatMap(({ partition }) => of.get(partition)?.pop() ?? []);
}

const behind = (ranges: readonly Range[], positions: Positions): number => ranges.reduce((lag, { partition, low, high }) => lag + Math.max(0, high - Math.max(positions.get(partition)?.offset ?? high, low)), 0);
const sum = (offsets: Offsets): number => [...offsets.values()].reduce((all, one) => all + one, 0);
