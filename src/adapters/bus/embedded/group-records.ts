import { fromText } from "../../../core/bytes.js";
import type { Delivery } from "../../../core/ports/bus.js";
import type { Database } from "../../sqlite/database.js";
import type { Records } from "../group/subscription.js";
import { PAGE_CELLS, type PageCells } from "./reads.js";
import type { Topic } from "./topic.js";

/** Of one group: from the tail where it is close, else from a page per partition, read when it is asked for. */
export function createGroupRecords(topic: Topic, database: Pick<Database, "read">, saved: { changed(): void; closed(): Promise<void> }): Records {
  const pages = topic.tails.map((): Page => EMPTY);
  /** Given back: they come again soon, and one by one. */
  const kept = topic.tails.map(() => new Map<number, Delivery>());

  const again = (partition: number, offset: number): Delivery | null => {
    const held = kept[partition];
    const delivery = held === undefined || held.size === 0 ? undefined : held.get(offset);
    if (delivery === undefined) return null;
    held?.delete(offset);
    return delivery;
  };
  return {
    ...saved,
    get(partition, offset) {
      const near = again(partition, offset) ?? topic.tails[partition]?.get(offset) ?? null;
      if (near !== null) return near;
      const { base, records } = pages[partition] ?? EMPTY;
      const delivery = records[offset - base] ?? null;
      // What is asked for is taken: after its last message a page is no more than memory.
      if (offset - base === records.length - 1) pages[partition] = EMPTY;
      return delivery;
    },
    async load(missing) {
      const found = await database.read("busPage", topic.name, missing);
      for (const [at, { partition, offset }] of missing.entries()) {
        const records = deliveriesOf(topic.name, partition, found[at] ?? []);
        if (records[0]?.offset !== String(offset)) throw new Error(`topic ${topic.name} has lost ${partition}/${offset}, which a group has not read`);
        pages[partition] = { base: offset, records };
      }
    },
    keep: (delivery) => kept[delivery.partition]?.set(Number(delivery.offset), delivery),
    moved() {
      for (const tail of topic.tails) tail.moved();
    },
  };
}

/** Messages of one partition without a gap. */
interface Page {
  readonly base: number;
  readonly records: readonly Delivery[];
}
const EMPTY: Page = { base: 0, records: [] };

function deliveriesOf(topic: string, partition: number, cells: PageCells): readonly Delivery[] {
  const deliveries: Delivery[] = [];
  for (let cell = 0; cell < cells.length; cell += PAGE_CELLS) {
    const key = cells[cell + 2] ?? null;
    const stored: Readonly<Record<string, string>> = JSON.parse(String(cells[cell + 3]));
    const { headers, body } = fromText({ headers: stored, body: String(cells[cell + 4]) });
    deliveries.push({
      topic,
      partition,
      offset: String(cells[cell]),
      key: key === null ? null : String(key),
      headers,
      timestamp: Number(cells[cell + 1]),
      body,
      attempt: 1,
    });
  }
  return deliveries;
}
