import type { FlowPlan } from "../../../core/plan/flow-plan.js";
import type { TextMessage } from "../../../core/ports/bus.js";
import type { Backlog, BudgetUse, DeadLetterRow, InboxRow, LockPlace, OutboxRow, RunRow, Store, StoreReader, TableRow } from "../../../core/ports/store.js";
import type { StoredEntry } from "./read-events.js";
import { asState } from "./run-state.js";

/** A row of a table, as a database's library gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** Columns that make a RunRow. */
export const RUN = "id, flow, hash, admitted, state, finished, lane, waits, error, origin";

/** Rows of the tables as the port has them. Their JSON was made by this process or an earlier one; a change of its form is a step of the migration (I38). */
export function runRow(row: Row): RunRow {
  const state = asState(row["state"]);
  return {
    run: text(row, "id"),
    flow: text(row, "flow"),
    hash: text(row, "hash"),
    admittedAt: Number(row["admitted"]),
    status: state === "running" || state === "parked" ? null : state,
    waits: json(row, "waits") ?? [],
    finishedAt: row["finished"] === null ? null : Number(row["finished"]),
    lane: row["lane"] === null ? null : text(row, "lane"),
    error: json(row, "error"),
    ...(row["origin"] === null ? {} : { origin: text(row, "origin") }),
  };
}

export const planOf = (row: Row | null | undefined): FlowPlan | null => (row ? json(row, "plan") : null);

export const letterOf = (row: Row): DeadLetterRow => ({ id: text(row, "id"), flow: text(row, "flow"), at: Number(row["at"]), letter: json(row, "letter") });

export const tableRow = (row: Row): TableRow => ({ key: text(row, "key"), value: json(row, "value"), at: Number(row["at"]), until: row["until"] === Infinity ? null : Number(row["until"]) });

export const tableCount = (row: Row): { readonly table: string; readonly rows: number } => ({ table: text(row, "name"), rows: Number(row["rows"]) });

export const lockPlace = (row: Row): LockPlace => ({ lock: text(row, "lock"), run: text(row, "id"), path: text(row, "path") });

export const requestOf = (row: Row): InboxRow => json(row, "request");

const messageOf = (row: Row): TextMessage => json(row, "message");

export const outboxRow = (row: Row): OutboxRow => ({ run: text(row, "run"), message: messageOf(row), position: Number(row["n"]) });

export const timerRow = (row: Row): Awaited<ReturnType<Store["timers"]>>[number] => ({ run: text(row, "id"), path: text(row, "path"), due: Number(row["due"]) });

export const backlogOf = (row: Row): Backlog => ({ flow: text(row, "flow"), running: Number(row["running"]), parked: Number(row["parked"]), incidents: Number(row["incidents"] ?? 0) });

export const budgetUse = (row: Row): BudgetUse => ({ scope: text(row, "scope"), tokens: Number(row["tokens"]), usd: Number(row["usd"]) });

/** None of a run that is open. */
export function prunableOf(row: Row): Awaited<ReturnType<StoreReader["prunable"]>> {
  const state = asState(row["state"]);
  return state === "running" || state === "parked" ? [] : [{ flow: text(row, "flow"), state, runs: Number(row["runs"]) }];
}

export const entryOf = (row: Row): StoredEntry => ({ seq: Number(row["seq"]), events: text(row, "events") });

/** What a database takes for "all". */
export const atMost = (limit: number): number => Math.min(limit, Number.MAX_SAFE_INTEGER);

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new Error(`the database has no text in ${column}`);
  return value;
}

const json = (row: Row, column: string) => (row[column] === null ? null : JSON.parse(text(row, column)));
