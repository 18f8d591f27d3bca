import type { CommitItem, IndexOp, RunRow } from "../../../core/ports/store.js";
import { shardOf } from "../../../core/run-id.js";
import { toText } from "../../postgres/text.js";
import type { Blobs } from "../journal/blobs.js";
import { type DurableOutputs, encodeEntry } from "../journal/entry.js";
import { stateOf } from "../journal/run-state.js";

/** What `commit_items` takes: the items, and the queues that they join. */
export interface Batch {
  readonly items: string;
  readonly queues: readonly string[];
}

export function encodeItems(items: readonly CommitItem[], durable: DurableOutputs): Batch {
  const queues = new Set<string>();
  const list = items.map(({ run, expectedSeq, entryId, fence, events, index }) => {
    const blobs: Blobs = new Map();
    let row: RunRow | null = null;
    const ops: unknown[] = [];
    for (const op of index) {
      if (op.op === "run.row") row = op.row;
      else ops.push(opOf(op));
      if (op.op === "lane.join") queues.add(`lane ${op.lane}`);
      if (op.op === "lock.join") queues.add(`lock ${op.lock}`);
    }
    const j = encodeEntry(events, durable, blobs);
    return {
      r: toText(run), s: shardOf(run), x: expectedSeq, l: expectedSeq + events.length, e: toText(entryId), f: fence?.shard ?? -1, p: fence?.epoch ?? -1, j,
      ...(row === null ? {} : { w: rowOf(row) }),
      ...(blobs.size === 0 ? {} : { b: [...blobs] }),
      ...(ops.length === 0 ? {} : { o: ops }),
    };
  });
  return { items: JSON.stringify(list), queues: [...queues] };
}

/** In the order in which `commit_items` reads it. */
function rowOf(row: RunRow): readonly unknown[] {
  const state = stateOf(row);
  return [
    toText(row.flow), toText(row.hash), row.admittedAt, state, row.finishedAt, row.lane === null ? null : toText(row.lane),
    row.waits.length === 0 ? null : JSON.stringify(row.waits), row.error === null ? null : JSON.stringify(row.error),
    state === "parked" && row.waits.some(({ kind }) => kind === "incident"), state === "running" || (state === "parked" && row.lane !== null), row.origin === undefined ? null : toText(row.origin),
  ];
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
      return [op.op, toText(op.lane)];
    case "waiter.put":
      return [op.op, toText(op.topic), toText(op.key), toText(op.wait)];
    case "waiter.delete":
      return [op.op, op.wait === null ? null : toText(op.wait)];
    case "budget.hold":
    case "budget.settle":
      // Infinity is null in JSON.
      return [op.op, toText(op.scope), toText(op.call), op.until, op.tokens, op.usd];
    case "lock.join":
    case "lock.take":
    case "lock.leave":
      return [op.op, toText(op.lock), toText(op.path)];
    case "inbox.delete":
      return [op.op, toText(op.id)];
  }
}
