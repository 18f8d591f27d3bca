import type { DatabaseSync } from "node:sqlite";
import { ERASED } from "../../../core/erased.js";
import { integer } from "./row.js";

/** Messages of one topic: all with a key, and single ones by their ids and their places (`partition/offset`). */
export interface Wanted {
  readonly topic: string;
  readonly key: string;
  readonly ids: readonly string[];
  readonly places: readonly string[];
}

/** Offsets are dense: the row of a message that is erased stays, and consumers drop it. */
const HEADERS = JSON.stringify({ [ERASED]: "1" });

/** Positions of those that every group has taken, and how many some group has yet to take. */
export function findWanted(db: DatabaseSync): (wanted: Wanted) => { readonly positions: readonly number[]; /** Of those messages that have one. */ readonly ids: readonly string[]; readonly waiting: number } {
  const find = db.prepare(`SELECT position, offset, id, (SELECT min(committed) FROM bus_groups WHERE bus_groups.topic = m.topic AND bus_groups.partition = m.partition) AS committed
    FROM bus_messages m WHERE topic = (SELECT id FROM bus_topics WHERE name = ?) AND headers <> ?
    AND (key = ? OR id IN (SELECT value FROM json_each(?)) OR partition || '/' || offset IN (SELECT value FROM json_each(?)))`);
  return ({ topic, key, ids, places }) => {
    const positions: number[] = [];
    const found: string[] = [];
    let waiting = 0;
    for (const row of find.iterate(topic, HEADERS, key, JSON.stringify(ids), JSON.stringify(places))) {
      if (row["committed"] === null || integer(row, "offset") < integer(row, "committed")) {
        positions.push(integer(row, "position"));
        if (typeof row["id"] === "string") found.push(row["id"]);
      }
      else waiting += 1;
    }
    return { positions, ids: found, waiting };
  };
}

/** Topics that hold messages of these ids. */
export function findTopics(db: DatabaseSync): (ids: readonly string[]) => readonly string[] {
  const find = db.prepare("SELECT DISTINCT name FROM bus_messages m JOIN bus_topics t ON t.id = m.topic WHERE m.id IN (SELECT value FROM json_each(?))");
  return (ids) => (ids.length === 0 ? [] : find.all(JSON.stringify(ids)).map(({ name }) => String(name)));
}

export function eraseAt(db: DatabaseSync): (positions: readonly number[]) => void {
  const erase = db.prepare("UPDATE bus_messages SET key = NULL, headers = ?, body = 'null' WHERE position = ?");
  return (positions) => {
    for (const position of positions) erase.run(HEADERS, position);
  };
}
