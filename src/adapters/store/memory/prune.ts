import type { RunStatus } from "../../../core/event.js";
import type { Ended, RunRow } from "../../../core/ports/store.js";
import { shardOf } from "../../../core/run-id.js";
import { deleteWaiters } from "./commit.js";
import { forgetEffects } from "./rows.js";
import type { Tables } from "./tables.js";
import { LOST_MS } from "../retention.js";

type EndedRow = RunRow & { readonly status: RunStatus; readonly finishedAt: number };

/** Those that ended first first. */
export function prunable({ runs, outbox, inbox }: Tables, { before, flow, state }: Ended): readonly EndedRow[] {
  const asked = new Set([...inbox.values()].map(({ run }) => run));
  const unsent = (row: RunRow): boolean => [...(outbox.get(shardOf(row.run))?.values() ?? [])].some(({ run }) => run === row.run);
  const found: EndedRow[] = [];
  for (const { row } of runs.values()) {
    if (row === null || !isEnded(row) || row.finishedAt >= before || asked.has(row.run) || unsent(row)) continue;
    if ((flow === undefined || row.flow === flow) && (state === undefined || row.status === state)) found.push(row);
  }
  return found.sort((a, b) => a.finishedAt - b.finishedAt);
}

export function prune(tables: Tables, ended: Ended, most: number, now: number): number {
  for (const [key, { run, at }] of tables.inbox) if (at <= now - LOST_MS && !tables.runs.has(run)) tables.inbox.delete(key);
  const gone = prunable(tables, ended).slice(0, most);
  for (const { run, admittedAt } of gone) {
    tables.runs.delete(run);
    tables.ended.delete(run);
    forgetEffects(tables, run);
    deleteWaiters(tables, run, null);
    const timers = tables.timers.get(shardOf(run));
    for (const [key, timer] of timers ?? []) if (timer.run === run) timers?.delete(key);
    tables.spent.set(run, admittedAt);
  }
  return gone.length;
}

const isEnded = (row: RunRow): row is EndedRow => row.status !== null && row.finishedAt !== null;
