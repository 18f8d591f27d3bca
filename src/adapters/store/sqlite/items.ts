import type { CommitItem, IndexOp, RunRow, RunState } from "../../../core/ports/store.js";
import { type Batch, type BatchReader, type BatchWriter, NOTHING, writeBatch } from "./batch.js";
import type { Blobs } from "../journal/blobs.js";
import { type DurableOutputs, encodeEntry } from "../journal/entry.js";
import { asState, stateOf } from "../journal/run-state.js";

/** What is stored of a run's row; in the order of the columns. */
export interface StoredRow {
  readonly flow: string;
  readonly hash: string;
  readonly admitted: number;
  readonly state: RunState;
  readonly finished: number | null;
  readonly lane: string | null;
  readonly waits: string | null;
  readonly error: string | null;
  readonly incident: number | null;
  readonly driven: number | null;
  readonly origin: string | null;
}

/** Rows that belong to an item, as they cross to the thread. */
export const OP = { "outbox.put": 0, "timer.put": 1, "timer.delete": 2, "lane.join": 3, "lane.leave": 4, "inbox.delete": 5, "waiter.put": 6, "waiter.delete": 7, "budget.hold": 8, "budget.settle": 9, "lock.join": 10, "lock.take": 11, "lock.leave": 12 } as const;

/** An item: its run, where it begins and ends, who may, its text and the large values of it, the row if one changed, and the other rows. */
export function encodeItems(items: readonly CommitItem[], durable: DurableOutputs): Batch {
  const out = writeBatch();
  for (const { run, expectedSeq, entryId, fence, events, index } of items) {
    out.text(run);
    out.number(expectedSeq);
    out.number(expectedSeq + events.length);
    out.text(entryId);
    out.number(fence?.shard ?? -1);
    out.number(fence?.epoch ?? -1);
    const blobs: Blobs = new Map();
    out.text(encodeEntry(events, durable, blobs));
    out.number(blobs.size);
    for (const [hash, value] of blobs) {
      out.text(hash);
      out.text(value);
    }
    let row: RunRow | null = null;
    let others = 0;
    for (const op of index) {
      if (op.op === "run.row") row = op.row;
      else others += 1;
    }
    out.number(row === null ? 0 : 1);
    if (row !== null) writeRow(out, row);
    out.number(others);
    for (const op of index) if (op.op !== "run.row") writeOp(out, op);
  }
  return out.end();
}

function writeRow(out: BatchWriter, row: RunRow): void {
  const state = stateOf(row);
  out.text(row.flow);
  out.text(row.hash);
  out.number(row.admittedAt);
  out.text(state);
  out.number(row.finishedAt ?? NOTHING);
  out.text(row.lane);
  out.text(row.waits.length === 0 ? null : JSON.stringify(row.waits));
  out.text(row.error === null ? null : JSON.stringify(row.error));
  out.number(state === "parked" && row.waits.some(({ kind }) => kind === "incident") ? 1 : 0);
  out.number(state === "running" || (state === "parked" && row.lane !== null) ? 1 : 0);
  out.text(row.origin ?? null);
}

export function readRow(from: BatchReader): StoredRow {
  return {
    flow: from.text() ?? "",
    hash: from.text() ?? "",
    admitted: from.number(),
    state: asState(from.text()),
    finished: orNull(from.number()),
    lane: from.text(),
    waits: from.text(),
    error: from.text(),
    incident: from.number() === 1 ? 1 : null,
    driven: from.number() === 1 ? 1 : null,
    origin: from.text(),
  };
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function writeOp(out: BatchWriter, op: Exclude<IndexOp, { op: "run.row" }>): void {
  out.number(OP[op.op]);
  switch (op.op) {
    case "outbox.put":
      out.text(op.message.id);
      return out.text(JSON.stringify(op.message));
    case "timer.put":
      out.text(op.path);
      return out.number(op.due);
    case "timer.delete":
      return out.text(op.path);
    case "lane.join":
    case "lane.leave":
      return out.text(op.lane);
    case "waiter.put":
      out.text(op.topic);
      out.text(op.key);
      return out.text(op.wait);
    case "waiter.delete":
      return out.text(op.wait);
    case "budget.hold":
    case "budget.settle":
      out.text(op.scope);
      out.text(op.call);
      out.number(op.until);
      out.number(op.tokens);
      return out.number(op.usd);
    case "lock.join":
    case "lock.take":
    case "lock.leave":
      out.text(op.lock);
      return out.text(op.path);
    case "inbox.delete":
      return out.text(op.id);
  }
}
