import type { SQLOutputValue, StatementSync } from "node:sqlite";
import type { Ended } from "../../../core/ports/store.js";
import type { Row } from "./reads.js";

/** Where a search for ended runs has come to: they are looked at in the order of their end. */
export interface Cursor {
  readonly finished: number;
  readonly rid: number;
}

/** A run in a lane has not left it, one with a message or a request has work to do. */
const DONE = "lane IS NULL AND rid NOT IN (SELECT rid FROM outbox) AND id NOT IN (SELECT json_extract(request, '$.run') FROM inbox)";

/** What retention asks of a connection that reads: to look for what may go costs no commit its time. */
export function pruneReads(sql: (text: string) => StatementSync) {
  const condition = ({ flow, state }: Ended): string => `finished IS NOT NULL AND finished < ?${flow === undefined ? "" : " AND flow = ?"}${state === undefined ? "" : " AND state = ?"} AND flow IS NOT NULL AND ${DONE}`;
  const values = ({ before, flow, state }: Ended): SQLOutputValue[] => [before, ...(flow === undefined ? [] : [flow]), ...(state === undefined ? [] : [state])];
  return {
    prunable: (ended: Ended): readonly Row[] => sql(`SELECT flow, state, count(*) AS runs FROM runs INDEXED BY runs_by_end WHERE ${condition(ended)} GROUP BY flow, state ORDER BY flow, state`).all(...values(ended)),
    ended: (ended: Ended, { finished, rid }: Cursor, limit: number): readonly Row[] =>
      sql(`SELECT rid, finished FROM runs INDEXED BY runs_by_end WHERE ${condition(ended)} AND (finished, rid) > (?, ?) ORDER BY finished, rid LIMIT ?`).all(...values(ended), finished, rid, limit),
    admittedAt: (run: string): Row | null => sql("SELECT admitted FROM spent WHERE id = ?").get(run) ?? sql("SELECT admitted FROM runs WHERE id = ?").get(run) ?? null,
    /** Of runs that are gone and of flows that are no more loaded; those of this process are left in by whoever deletes them. */
    unusedPlans: (): readonly Row[] => sql("SELECT hash FROM plans WHERE hash NOT IN (SELECT hash FROM runs WHERE hash IS NOT NULL)").all(),
  };
}
