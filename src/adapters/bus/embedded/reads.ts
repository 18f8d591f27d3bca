import type { DatabaseSync } from "node:sqlite";
import type { StoredMessage, TopicSummary } from "../../../core/ports/operator.js";
import { keptOf } from "./ends.js";
import { findTopics, findWanted } from "./erase.js";
import { positionsIn } from "./positions.js";
import { integer, type Row, text, textOrNull } from "./row.js";

/** What a group wants next of a partition. */
export interface Want {
  readonly partition: number;
  readonly offset: number;
}
/** Of consecutive messages offset, time, key, headers, body, one behind the other: such an array crosses threads fast. */
export type PageCells = readonly (string | number | null)[];
export const PAGE_CELLS = 5;

/** Rows of a partition, and characters of all, in one answer. */
const PAGE_ROWS = 256;
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** What can be read of the bus beside its owner. */
export function busReads(db: DatabaseSync) {
  const find = db.prepare("SELECT id FROM bus_topics WHERE name = ?");
  const all = db.prepare("SELECT id, name FROM bus_topics ORDER BY name");
  const groups = db.prepare("SELECT name, partition, committed FROM bus_groups WHERE topic = ? ORDER BY name");
  const page = db.prepare("SELECT offset, at, key, headers, body FROM bus_messages WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?");
  const message = db.prepare("SELECT position, partition, offset, at, key, headers, body FROM bus_messages WHERE position = ?");
  const kept = keptOf(db);
  const positions = positionsIn(db);
  const idOf = (name: string): number | null => {
    const row = find.get(name);
    return row === undefined ? null : integer(row, "id");
  };

  return {
    /** For each want the messages from there on, at least one where there is one. */
    busPage(name: string, wants: readonly Want[]): readonly PageCells[] {
      const topic = idOf(name);
      return wants.map(({ partition, offset }) => {
        const cells: (string | number | null)[] = [];
        if (topic === null) return cells;
        let characters = 0;
        for (const row of page.iterate(topic, partition, offset, PAGE_ROWS)) {
          const body = text(row, "body");
          cells.push(integer(row, "offset"), integer(row, "at"), textOrNull(row, "key"), text(row, "headers"), body);
          characters += body.length;
          if (characters > PAGE_CHARACTERS / wants.length) break;
        }
        return cells;
      });
    },
    busTopics(): readonly TopicSummary[] {
      return all.all().map((row) => {
        const topic = integer(row, "id");
        const partitions = kept(topic);
        const lags = new Map<string, number>();
        for (const one of groups.all(topic)) {
          const { end = 0 } = partitions[integer(one, "partition")] ?? {};
          lags.set(text(one, "name"), (lags.get(text(one, "name")) ?? 0) + end - integer(one, "committed"));
        }
        return {
          topic: text(row, "name"),
          partitions: partitions.length,
          messages: partitions.reduce((sum, { base, end }) => sum + end - base, 0),
          groups: [...lags].map(([group, lag]) => ({ group, lag })),
        };
      });
    },
    busWanted: findWanted(db),
    busTopicsOf: findTopics(db),
    busMessages(name: string, which: { readonly last: number } | { readonly after: number; readonly limit: number }): readonly StoredMessage[] {
      const topic = idOf(name);
      if (topic === null) return [];
      const found = "last" in which ? positions.last(topic, which.last) : positions.after(topic, which.after, which.limit);
      return found.flatMap((position) => {
        const row = message.get(position);
        return row === undefined ? [] : [storedOf(name, row)];
      });
    },
  };
}

function storedOf(topic: string, row: Row): StoredMessage {
  const headers: Readonly<Record<string, string>> = JSON.parse(text(row, "headers"));
  return {
    topic,
    position: integer(row, "position"),
    partition: integer(row, "partition"),
    offset: String(integer(row, "offset")),
    key: textOrNull(row, "key"),
    headers,
    timestamp: integer(row, "at"),
    body: text(row, "body"),
  };
}
