import type { DatabaseSync } from "node:sqlite";
import { PARTITIONS } from "../partition.js";
import { integer, type Row } from "./row.js";

/** The offsets that a partition keeps: from `base` to before `end`. */
export interface Kept {
  readonly base: number;
  readonly end: number;
}

/** By partition. Each is two seeks in the index, however long the topic is. */
export function keptOf(db: DatabaseSync): (topic: number) => readonly Kept[] {
  const first = db.prepare("SELECT min(offset) AS offset FROM bus_messages WHERE topic = ? AND partition = ?");
  const last = db.prepare("SELECT max(offset) AS offset FROM bus_messages WHERE topic = ? AND partition = ?");
  const removed = db.prepare("SELECT base FROM bus_partitions WHERE topic = ? AND partition = ?");
  const offset = (row: Row | undefined): number | null => (row === undefined || row["offset"] === null ? null : integer(row, "offset"));
  return (topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const base = offset(first.get(topic, partition));
      const end = offset(last.get(topic, partition));
      if (base !== null && end !== null) return { base, end: end + 1 };
      const row = removed.get(topic, partition);
      const empty = row === undefined ? 0 : integer(row, "base");
      return { base: empty, end: empty };
    });
}
