import type { DatabaseSync } from "node:sqlite";
import { keptOf } from "./ends.js";
import { integer, type Row } from "./row.js";

/** Positions of a topic's messages in order, found over its partitions in the index alone. */
export interface Positions {
  last(topic: number, count: number): readonly number[];
  after(topic: number, position: number, limit: number): readonly number[];
}

export function positionsIn(db: DatabaseSync): Positions {
  const kept = keptOf(db);
  const back = db.prepare("SELECT position FROM bus_messages WHERE topic = ? AND partition = ? ORDER BY offset DESC LIMIT ?");
  const on = db.prepare("SELECT position FROM bus_messages WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?");
  const at = db.prepare("SELECT position FROM bus_messages WHERE topic = ? AND partition = ? AND offset = ?");
  const positionOf = (row: Row): number => integer(row, "position");
  const inOrder = (positions: number[]): number[] => positions.sort((a, b) => a - b);

  /** The first offset of a position behind `position`: positions grow with offsets. */
  const behind = (topic: number, partition: number, base: number, end: number, position: number): number => {
    let [low, high] = [base, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = at.get(topic, partition, middle);
      if (row !== undefined && positionOf(row) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    last: (topic, count) => (count <= 0 ? [] : inOrder(kept(topic).flatMap((_, partition) => back.all(topic, partition, count).map(positionOf))).slice(-count)),
    after: (topic, position, limit) =>
      inOrder(
        kept(topic).flatMap(({ base, end }, partition) => {
          // Who follows a topic mostly asks for what is not there yet.
          const first = behind(topic, partition, base, end, position);
          return first === end ? [] : on.all(topic, partition, first, limit).map(positionOf);
        }),
      ).slice(0, limit),
  };
}
