import type { CommitItem, IndexOp, RunRow } from "../../../core/ports/store.js";
import { shardOf } from "../../../core/run-id.js";
import { toText } from "../../postgres/text.js";
import type { Blobs } from "../journal/blobs.js";
import { type DurableOutputs, encodeEntry } from "../journal/entry.js";
import { stateOf } from "../journal/run-state.js";
import { keyOf, scopeOf } from "./keys.js";

/** What `commit_batch` takes, in its order but for who it is from. */
export type Batch = readonly [size: number, creates: string, advances: string, more: string, shards: readonly number[], queues: readonly string[]];

/** In order, cut where a run has another item: each batch has one of a run at the most. */
export function apart(items: readonly CommitItem[]): readonly (readonly CommitItem[])[] {
  const batches: CommitItem[][] = [];
  let runs = new Set<string>();
  for (const item of items) {
    if (batches.length === 0 || runs.has(item.run)) {
      runs = new Set();
      batches.push([]);
    }
    runs.add(item.run);
    batches.at(-1)?.push(item);
  }
  return batches;
}

export function encodeItems(items: readonly CommitItem[], durable: DurableOutputs): Batch {
  const queues = new Set<string>();
  const shards = new Set<number>();
  const creates: unknown[] = [];
  const advances: unknown[] = [];
  const more: unknown[] = [];
  for (const [at, { run, expectedSeq, entryId, fence, events, index }] of items.entries()) {
    const blobs: Blobs = new Map();
    let row: RunRow | null = null;
    const ops: unknown[] = [];
    for (const op of index) {
      if (op.op === "run.row") row = op.row;
      else ops.push(opOf(op));
      if (op.op === "lane.join") queues.add(`lane ${op.lane}`);
      if (op.op === "lock.join") queues.add(`lock ${op.lock}`);
    }
    const shard = shardOf(run);
    // Also where it has no fence: who takes the shard looks at its runs when this one is there, or it is told of it (I11).
    shards.add(shard);
    const item = {
      n: at + 1, r: toText(run), s: shard, l: expectedSeq + events.length, e: toText(entryId), f: fence?.shard ?? -1, p: fence?.epoch ?? -1, j: encodeEntry(events, durable, blobs),
      ...(row === null ? {} : rowOf(row)),
    };
    if (expectedSeq < 0) creates.push(item);
    else advances.push({ ...item, x: expectedSeq, w: row !== null });
    if (ops.length > 0 || blobs.size > 0) more.push({ n: at + 1, r: item.r, s: shard, o: ops, b: [...blobs] });
  }
  return [items.length, JSON.stringify(creates), JSON.stringify(advances), JSON.stringify(more), [...shards], [...queues]];
}

/** By the names of the columns. */
function rowOf(row: RunRow): Readonly<Record<string, unknown>> {
  const state = stateOf(row);
  return {
    flow: toText(row.flow), hash: toText(row.hash), admitted: row.admittedAt, state, finished: row.finishedAt, lane: row.lane === null ? null : toText(row.lane),
    waits: row.waits.length === 0 ? null : JSON.stringify(row.waits), error: row.error === null ? null : JSON.stringify(row.error),
    incident: state === "parked" && row.waits.some(({ kind }) => kind === "incident"), driven: state === "running" || (state === "parked" && row.lane !== null), origin: row.origin === undefined ? null : toText(row.origin),
  };
}

function opOf(op: Exclude<IndexOp, { readonly op: "run.row" }>): readonly unknown[] {
  switch (op.op) {
    case "outbox.put":
      return [op.op, toText(op.message.id), JSON.stringify(op.message)];
    case "timer.put":
      return [op.op, toText(op.path), op.due];
    case "timer.delete":
      return [op.op, toText(op.path)];
    case "lane.join":
    case "lane.leave":
      return [op.op, toText(keyOf(op.lane))];
    case "waiter.put":
      return [op.op, toText(op.topic), toText(keyOf(op.key)), toText(op.wait)];
    case "waiter.delete":
      return [op.op, op.wait === null ? null : toText(op.wait)];
    case "budget.hold":
    case "budget.settle":
      // Infinity is null in JSON.
      return [op.op, toText(scopeOf(op.scope)), toText(op.call), op.until, op.tokens, op.usd];
    case "lock.join":
    case "lock.take":
    case "lock.leave":
      return [op.op, toText(keyOf(op.lock)), toText(op.path)];
    case "inbox.delete":
      return [op.op, toText(op.id)];
  }
}
