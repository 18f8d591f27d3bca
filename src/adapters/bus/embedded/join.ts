import type { DatabaseSync } from "node:sqlite";
import { notOurs } from "../../sqlite/infra-error.js";
import { keptOf } from "./ends.js";
import { integer, text } from "./row.js";

/** Where a group is in one partition when it begins to read. */
export interface Joined {
  readonly committed: number;
  readonly end: number;
  /** JSON. */
  readonly failures: string;
}

/** Makes the group where there is none. By partition. */
export function joinGroup(db: DatabaseSync): (topic: number, group: string, from: "latest" | "earliest") => readonly Joined[] {
  const kept = keptOf(db);
  const add = db.prepare("INSERT INTO bus_groups (topic, name, partition, committed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const read = db.prepare("SELECT committed, failures FROM bus_groups WHERE topic = ? AND name = ? AND partition = ?");
  return (topic, group, from) =>
    kept(topic).map(({ base, end }, partition) => {
      add.run(topic, group, partition, from === "latest" ? end : base);
      const row = read.get(topic, group, partition) ?? {};
      const committed = integer(row, "committed");
      // No write of ours makes such a row: its reader would wait for ever for messages that are not there.
      if (committed < 0 || committed > end) throw notOurs(db.location() ?? "", `the offset ${committed} of the group \`${group}\` lies outside of its topic, which ends at ${end}`);
      return { committed: Math.max(committed, base), failures: text(row, "failures"), end };
    });
}
