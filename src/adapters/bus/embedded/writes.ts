import type { DatabaseSync } from "node:sqlite";
import { onRollback } from "../../sqlite/transaction.js";
import { PARTITIONS } from "../partition.js";
import { keptOf } from "./ends.js";
import { eraseAt } from "./erase.js";
import { joinGroup } from "./join.js";
import { recentIds, type RecentIds } from "./recent-ids.js";
import { integer } from "./row.js";
import { trimTopic } from "./trim.js";

/** Topic, partition, id, key, headers, body of each message, one behind the other: such an array crosses threads fast. */
export type Cells = readonly (string | number | null)[];
export const CELLS = 6;

/** How far a group is in a partition: topic, group, partition, committed, failures. */
export type ProgressRow = readonly [topic: string, group: string, partition: number, committed: number, failures: string];

/** What is remembered between transactions, and forgotten when one is rolled back. */
interface Topic {
  readonly id: number;
  readonly ends: number[];
  readonly recent: (RecentIds | undefined)[];
}

/** What the thread that writes does for the bus. */
export function busWrites(db: DatabaseSync) {
  const topics = new Map<string, Topic>();
  let position: number | null = null;
  onRollback(db, () => {
    topics.clear();
    position = null;
  });
  const find = db.prepare("SELECT id FROM bus_topics WHERE name = ?");
  const create = db.prepare("INSERT INTO bus_topics (name) VALUES (?)");
  const lastPosition = db.prepare("SELECT max((SELECT coalesce(max(position), 0) FROM bus_messages), (SELECT coalesce(max(floor), 0) FROM bus_topics)) AS position");
  const insert = db.prepare("INSERT INTO bus_messages (position, topic, partition, offset, at, id, key, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const save = db.prepare("UPDATE bus_groups SET committed = ?, failures = ? WHERE topic = ? AND name = ? AND partition = ?");
  const kept = keptOf(db);
  const recentOf = recentIds(db);
  const join = joinGroup(db);
  const trim = trimTopic(db);

  const topicOf = (name: string): Topic => {
    const known = topics.get(name);
    if (known !== undefined) return known;
    const row = find.get(name);
    const id = row === undefined ? Number(create.run(name).lastInsertRowid) : integer(row, "id");
    const topic: Topic = { id, ends: kept(id).map(({ end }) => end), recent: [] };
    topics.set(name, topic);
    return topic;
  };
  const nextPosition = (): number => {
    position = (position ?? integer(lastPosition.get() ?? {}, "position")) + 1;
    return position;
  };
  return {
    /** The offset of each, -1 for one that is there already. */
    busPublish(at: number, cells: Cells): readonly number[] {
      const offsets: number[] = [];
      for (let cell = 0; cell < cells.length; cell += CELLS) {
        const topic = topicOf(String(cells[cell]));
        const partition = Number(cells[cell + 1]) % PARTITIONS;
        const id = String(cells[cell + 2]);
        const recent = (topic.recent[partition] ??= recentOf(topic.id, partition));
        if (!recent.add(id)) {
          offsets.push(-1);
          continue;
        }
        const offset = topic.ends[partition] ?? 0;
        insert.run(nextPosition(), topic.id, partition, offset, at, id, cells[cell + 3] ?? null, String(cells[cell + 4]), String(cells[cell + 5]));
        topic.ends[partition] = offset + 1;
        offsets.push(offset);
      }
      return offsets;
    },
    busJoin: (topic: string, group: string, from: "latest" | "earliest") => join(topicOf(topic).id, group, from),
    busProgress(rows: readonly ProgressRow[]): void {
      for (const [topic, group, partition, committed, failures] of rows) save.run(committed, failures, topicOf(topic).id, group, partition);
    },
    busErase: eraseAt(db),
    /** Removes some of what was stored before `before` and read by every group; true: there may be more. */
    busTrim: (topic: string, before: number): boolean => trim(topicOf(topic).id, before),
  };
}
