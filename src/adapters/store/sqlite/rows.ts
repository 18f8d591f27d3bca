import type { JsonObject } from "../../../core/json.js";
import type { FlowPlan } from "../../../core/plan/flow-plan.js";
import type { Outgoing } from "../../../core/ports/bus.js";
import type { DeadLetterRow, InboxRow, RunRow } from "../../../core/ports/store.js";
import { asState } from "./items.js";
import type { Row } from "./reads.js";

/** Rows of the tables as the port has them. Their JSON was made by this process or an earlier one; a change of its form is a step of the migration (I38). */
export function runRow(row: Row): RunRow {
  const state = asState(row["state"]);
  return {
    run: text(row, "id"),
    flow: text(row, "flow"),
    hash: text(row, "hash"),
    admittedAt: Number(row["admitted"]),
    status: state === "running" || state === "parked" ? null : state,
    waits: json<RunRow["waits"]>(row, "waits") ?? [],
    finishedAt: row["finished"] === null ? null : Number(row["finished"]),
    lane: row["lane"] === null ? null : text(row, "lane"),
    error: json<RunRow["error"]>(row, "error"),
  };
}

export const planOf = (row: Row | null): FlowPlan | null => (row === null ? null : json<FlowPlan>(row, "plan"));

export const letterOf = (row: Row): DeadLetterRow => ({ id: text(row, "id"), flow: text(row, "flow"), at: Number(row["at"]), letter: json<JsonObject>(row, "letter") ?? {} });

export const requestOf = (row: Row): InboxRow => must(json<InboxRow>(row, "request"));

export const messageOf = (row: Row): Outgoing => must(json<Outgoing>(row, "message"));

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new Error(`the database has no text in ${column}`);
  return value;
}

function json<T>(row: Row, column: string): T | null {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text was made from such a value
  return row[column] === null ? null : (JSON.parse(text(row, column)) as T);
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error("the database has an empty row");
  return value;
}
