import { canonicalJson } from "../../../core/json.js";
import type { RowPut, TableRow } from "../../../core/ports/store.js";
import type { RunId } from "../../../core/run-id.js";
import type { Tables } from "./tables.js";

export function putRow({ rows, effects, effectRuns }: Tables, { table, key, value, expected, effect, run, now, until }: RowPut): "ok" | "conflict" {
  const known = effects.get(effectRuns.get(effect) ?? run)?.get(effect);
  if (known !== undefined) return known;
  const here = rows.get(table) ?? new Map<string, TableRow>();
  rows.set(table, here);
  for (const [other, row] of here) if (isOver(row, now)) here.delete(other);
  const wanted = expected === null ? null : expected === undefined ? undefined : canonicalJson(expected.value);
  const verdict = wanted === undefined || textOf(here.get(key)) === wanted ? "ok" : "conflict";
  if (verdict === "ok") here.set(key, { key, value, at: now, until });
  const own = effects.get(run) ?? new Map<string, "ok" | "conflict">();
  effects.set(run, own.set(effect, verdict));
  effectRuns.set(effect, run);
  return verdict;
}

const textOf = (row: TableRow | undefined): string | null => (row === undefined ? null : canonicalJson(row.value));

const isOver = ({ until }: TableRow, now: number): boolean => until !== null && until <= now;

export const readRow = ({ rows }: Tables, table: string, key: string, now: number): TableRow | null => {
  const row = rows.get(table)?.get(key);
  return row === undefined || isOver(row, now) ? null : row;
};

export const liveRows = ({ rows }: Tables, table: string, now: number): readonly TableRow[] =>
  [...(rows.get(table)?.values() ?? [])].filter((row) => !isOver(row, now)).sort((a, b) => (a.key < b.key ? -1 : 1));

/** With the run that is gone. */
export function forgetEffects({ effects, effectRuns }: Tables, run: RunId): void {
  for (const effect of effects.get(run)?.keys() ?? []) effectRuns.delete(effect);
  effects.delete(run);
}
