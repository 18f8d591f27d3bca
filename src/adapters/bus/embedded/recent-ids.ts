import type { DatabaseSync } from "node:sqlite";
import { text } from "./row.js";

/** Per partition: more than an outbox has on its way when a process dies. */
const WINDOW = 4096;

/** Ids of a partition's last messages. */
export interface RecentIds {
  /** False: it is there already. Messages without an id are never the same. */
  add(id: string): boolean;
}

export function recentIds(db: DatabaseSync): (topic: number, partition: number) => RecentIds {
  const last = db.prepare("SELECT id FROM bus_messages WHERE topic = ? AND partition = ? ORDER BY offset DESC LIMIT ?");
  return (topic, partition) => {
    // Oldest first: a Set keeps the order in which its members came.
    const ids = new Set(last.all(topic, partition, WINDOW).map((row) => text(row, "id")).reverse());
    return {
      add(id) {
        if (id === "") return true;
        if (ids.has(id)) return false;
        ids.add(id);
        if (ids.size > WINDOW) for (const oldest of ids) {
          ids.delete(oldest);
          break;
        }
        return true;
      },
    };
  };
}
