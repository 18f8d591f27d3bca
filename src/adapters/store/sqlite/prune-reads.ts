import type { SQLOutputValue, StatementSync } from "node:sqlite";
import type { Ended } from "../../../core/ports/store.js";
import { taskId } from "../../../core/queues.js";
import { decodeEntry } from "../journal/entry.js";
import { ofKey } from "../journal/of-key.js";
import type { Row } from "./reads.js";
import { text } from "../journal/rows.js";

/** Where a search for ended runs has come to: they are looked at in the order of their end. */
export interface Cursor {
  readonly finished: number;
  readonly rid: number;
}

/** A run by the key of its message or request, and the message's place. */
export interface Keyed {
  readonly rid: number;
  readonly run: string;
  /** It may go. */
  readonly done: boolean;
  /** Null for a request, and for what a step started. */
  readonly message: { readonly topic: string; readonly place: string } | null;
  /** Of a queue's run: the id of the message that its workers got. */
  readonly task: string | null;
}

/** Runs whose admissions are read in one transaction. */
const PAGE = 2000;

/** A run in a lane has not left it, one with a message or a request has work to do. */
const DONE = "lane IS NULL AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.rid = runs.rid) AND id NOT IN (SELECT json_extract(request, '$.run') FROM inbox)";

/** What retention asks of a connection that reads: to look for what may go costs no commit its time. */
export function pruneReads(sql: (text: string) => StatementSync) {
  const condition = ({ flow, state }: Ended): string => `finished IS NOT NULL AND finished < ?${flow === undefined ? "" : " AND flow = ?"}${state === undefined ? "" : " AND state = ?"} AND flow IS NOT NULL AND ${DONE}`;
  const values = ({ before, flow, state }: Ended): SQLOutputValue[] => [before, ...(flow === undefined ? [] : [flow]), ...(state === undefined ? [] : [state])];
  return {
    prunable: (ended: Ended): readonly Row[] => sql(`SELECT flow, state, count(*) AS runs FROM runs INDEXED BY runs_by_end WHERE ${condition(ended)} GROUP BY flow, state ORDER BY flow, state`).all(...values(ended)),
    ended: (ended: Ended, { finished, rid }: Cursor, limit: number): readonly Row[] =>
      sql(`SELECT rid, finished FROM runs INDEXED BY runs_by_end WHERE ${condition(ended)} AND (finished, rid) > (?, ?) ORDER BY finished, rid LIMIT ?`).all(...values(ended), finished, rid, limit),
    /** Runs of a flow and of its steps after a rid, a page of them: those whose message had that key; `next` null when these were the last. */
    runsOfKey(flow: string, key: string, after: number): { readonly runs: readonly Keyed[]; readonly next: number | null } {
      const rows = sql(`SELECT rid, id, finished IS NOT NULL AND ${DONE} AS done, (SELECT events FROM journal WHERE journal.rid = runs.rid AND seq = 0) AS events FROM runs WHERE (flow = ?1 OR flow >= ?1 || '/' AND flow < ?1 || '0') AND rid > ?2 ORDER BY rid LIMIT ${PAGE}`).all(flow, after);
      const runs = rows.flatMap((row): readonly Keyed[] => {
        const [admitted] = decodeEntry(text(row, "events"), text(row, "id"), 0).events;
        if (admitted?.type !== "run.admitted" || !ofKey(admitted.data, key)) return [];
        const { source, parent } = admitted.data;
        const run = text(row, "id");
        return [{ rid: Number(row["rid"]), run, done: row["done"] === 1, message: source === null ? null : { topic: source.topic, place: `${source.partition}/${source.offset}` }, task: parent?.queue === undefined ? null : taskId(parent.run, run) }];
      });
      return { runs, next: rows.length < PAGE ? null : Number(rows.at(-1)?.["rid"]) };
    },
    topicsOf: (flow: string): readonly Row[] => sql("SELECT DISTINCT topic.key AS topic FROM plans, json_each(plan, '$.topics') AS topic WHERE json_extract(plan, '$.id') = ? UNION SELECT json_extract(topic.value, '$.dlq') FROM plans, json_each(plan, '$.topics') AS topic WHERE json_extract(plan, '$.id') = ? AND json_extract(topic.value, '$.dlq') IS NOT NULL").all(flow, flow),
    admittedAt: (run: string): Row | null => sql("SELECT admitted FROM spent WHERE id = ?").get(run) ?? sql("SELECT admitted FROM runs WHERE id = ?").get(run) ?? null,
    /** Of runs that are gone and of flows that are no more loaded; those of this process are left in by whoever deletes them. */
    unusedPlans: (): readonly Row[] => sql("SELECT hash FROM plans WHERE hash NOT IN (SELECT hash FROM runs WHERE hash IS NOT NULL)").all(),
  };
}
