import type { DatabaseSync } from "node:sqlite";
import { keptOf, type Kept } from "./ends.js";
import { integer } from "./row.js";

/** Of one partition in one transaction: others wait no longer than that takes. */
const CHUNK = 128;

/** Removes the oldest messages of a topic that were stored before a time and that every group has acknowledged. */
export function trimTopic(db: DatabaseSync): (topic: number, before: number) => boolean {
  const kept = keptOf(db);
  const read = db.prepare("SELECT min(committed) AS committed FROM bus_groups WHERE topic = ? AND partition = ?");
  const oldest = db.prepare("SELECT offset, at FROM bus_messages WHERE topic = ? AND partition = ? AND offset < ? ORDER BY offset LIMIT ?");
  const remove = db.prepare("DELETE FROM bus_messages WHERE topic = ? AND partition = ? AND offset < ?");
  const setBase = db.prepare("INSERT INTO bus_partitions (topic, partition, base) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET base = excluded.base");
  const setFloor = db.prepare("UPDATE bus_topics SET floor = (SELECT max(position) FROM bus_messages) WHERE id = ?");

  /** The offset before which messages may go now. */
  const limitOf = (topic: number, partition: number, { base, end }: Kept, before: number): number => {
    const committed = read.get(topic, partition)?.["committed"];
    let limit = base;
    for (const row of oldest.all(topic, partition, typeof committed === "number" ? committed : end, CHUNK)) {
      // A clock that was set back does not matter: they go in their order.
      if (integer(row, "at") >= before) break;
      limit = integer(row, "offset") + 1;
    }
    return limit;
  };
  return (topic, before) => {
    let more = false;
    const limits = kept(topic).map((one, partition) => ({ partition, base: one.base, limit: limitOf(topic, partition, one, before) }));
    if (limits.every(({ base, limit }) => limit === base)) return false;
    setFloor.run(topic);
    for (const { partition, base, limit } of limits) {
      if (limit === base) continue;
      remove.run(topic, partition, limit);
      setBase.run(topic, partition, limit);
      more ||= limit - base === CHUNK;
    }
    return more;
  };
}
