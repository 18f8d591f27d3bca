import type { CommitItem, IndexOp, RunRow } from "../../../core/ports/store.js";
import { shardOf } from "../../../core/run-id.js";
import { toText } from "../../postgres/text.js";
import type { Blobs } from "../journal/blobs.js";
import { type DurableOutputs, encodeEntry } from "../journal/entry.js";
import { stateOf } from "../journal/run-state.js";
import { keyOf, scopeOf } from "./keys.js";

/** What `commit_batch` takes, in its order but for who it is from. */
export type Batch = readonly [size: number, creates: string, advances: string, more: string, shards: readonly number[], queues: readonly string[]];

/** Characters of a batch of several items: more would take long, and PostgreSQL's JSON holds 256 MB. */
const MOST = 8 * 1024 * 1024;

/** Large values of a run that is there, for `AHEAD`: an item that has many of them would be more than one statement takes. */
export type Ahead = readonly [run: string, hashes: readonly string[], values: readonly string[]];

/** I39: before the item that needs them. They are the run's, so that nobody takes them away meanwhile, and go with it. */
export const AHEAD = `
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtext('flowctl blobs ' || current_schema()), 0)),
  put AS (INSERT INTO blobs (hash, value) SELECT hash, value FROM locked, unnest($2::text[], $3::text[]) AS large (hash, value) ON CONFLICT DO NOTHING)
INSERT INTO blob_runs (rid, hash) SELECT rid, one.hash FROM locked, runs, unnest($2::text[]) AS one (hash) WHERE id = $1 ON CONFLICT DO NOTHING`;

/** Messages of an item, for `BEHIND`: where they are more than a batch, one statement would not take them. */
export type Behind = readonly [run: string, seq: number, entry: string, ids: readonly string[], messages: readonly string[]];

/** In the batch's transaction: where its item was refused, nothing. */
export const BEHIND = `
INSERT INTO outbox (shard, rid, id, message) SELECT shard, rid, message.id, message.text
  FROM runs JOIN journal USING (rid), unnest($4::text[], $5::text[]) WITH ORDINALITY AS message (id, text, n) WHERE runs.id = $1 AND journal.seq = $2 AND entry = $3 ORDER BY n
  ON CONFLICT (shard, id) DO UPDATE SET rid = excluded.rid, message = excluded.message`;

/** A batch, and what is put before and behind it. */
export interface Sent {
  readonly ahead: readonly Ahead[];
  readonly batch: Batch;
  readonly behind: readonly Behind[];
}

interface Encoded {
  readonly run: string;
  readonly creates: boolean;
  readonly shard: number;
  readonly queues: readonly string[];
  readonly item: Readonly<Record<string, unknown>>;
  readonly more: Readonly<Record<string, unknown>> | null;
  readonly ahead: readonly Ahead[];
  readonly behind: readonly Behind[];
  readonly size: number;
}

/** In order, cut where a run has another item, so that each batch has one of a run at the most, and where it grows too large. */
export function encodeItems(items: readonly CommitItem[], durable: DurableOutputs): readonly Sent[] {
  const batches: Encoded[][] = [];
  let runs = new Set<string>();
  let size = 0;
  for (const item of items) {
    const encoded = encode(item, durable);
    size += encoded.size;
    if (batches.length === 0 || runs.has(encoded.run) || size > MOST) {
      runs = new Set();
      ({ size } = encoded);
      batches.push([]);
    }
    runs.add(encoded.run);
    batches.at(-1)?.push(encoded);
  }
  return batches.map((encoded) => ({ ahead: encoded.flatMap(({ ahead }) => ahead), batch: batchOf(encoded), behind: encoded.flatMap(({ behind }) => behind) }));
}

function encode({ run, expectedSeq, entryId, fence, events, index }: CommitItem, durable: DurableOutputs): Encoded {
  const blobs: Blobs = new Map();
  let row: RunRow | null = null;
  const ops: (readonly unknown[])[] = [];
  const queues: string[] = [];
  for (const op of index) {
    if (op.op === "run.row") row = op.row;
    else ops.push(opOf(op));
    // Who leaves tells the next head, and who joins looks for the head: at once, neither would see the other (I18).
    if (op.op === "lane.join" || op.op === "lane.leave") queues.push(`lane ${op.lane}`);
    if (op.op === "lock.join" || op.op === "lock.leave") queues.push(`lock ${op.lock}`);
  }
  const shard = shardOf(run);
  const r = toText(run);
  const j = encodeEntry(events, durable, blobs);
  const creates = expectedSeq < 0;
  const item = {
    r, s: shard, l: expectedSeq + events.length, e: toText(entryId), f: fence?.shard ?? -1, p: fence?.epoch ?? -1, j,
    ...(row === null ? {} : rowOf(row)),
    ...(creates ? {} : { x: expectedSeq, w: row !== null }),
  };
  const messages = ops.flatMap(([op, id, message]) => (op === "outbox.put" ? [[String(id), String(message)] as const] : []));
  const isBehind = charactersOf(messages) > MOST;
  const own = isBehind ? ops.filter(([op]) => op !== "outbox.put") : ops;
  const values = [...blobs];
  // A run that is not there yet has little behind it.
  const isAhead = !creates && charactersOf(values) > MOST;
  const large = isAhead ? [] : values;
  const more = own.length === 0 && large.length === 0 ? null : { r, s: shard, o: own, b: large };
  return {
    run, creates, shard, queues, item, more,
    ahead: isAhead ? partsOf(values).map((part) => [r, ...part]) : [],
    behind: isBehind ? partsOf(messages).map((part) => [r, expectedSeq + 1, item.e, ...part]) : [],
    size: j.length + charactersOf(large) + charactersOf(own),
  };
}

/** Texts by their names, in columns; parts of about the size of a batch: a text stays whole. */
function partsOf(named: readonly (readonly [name: string, text: string])[]): readonly (readonly [names: readonly string[], texts: readonly string[]])[] {
  const parts: { readonly names: string[]; readonly texts: string[]; size: number }[] = [];
  for (const [name, text] of named) {
    let part = parts.at(-1);
    if (part === undefined || part.size + text.length > MOST) parts.push((part = { names: [], texts: [], size: 0 }));
    part.names.push(name);
    part.texts.push(text);
    part.size += text.length;
  }
  return parts.map((part) => [part.names, part.texts]);
}

function batchOf(items: readonly Encoded[]): Batch {
  const numbered = items.map((one, at) => ({ ...one, n: at + 1 }));
  const list = (creates: boolean): string => JSON.stringify(numbered.filter((one) => one.creates === creates).map(({ n, item }) => ({ n, ...item })));
  const more = numbered.flatMap(({ n, more: others }) => (others === null ? [] : [{ n, ...others }]));
  // The shards also of what has no fence: who takes one looks at its runs when these are there, or they are told of (I11).
  return [items.length, list(true), list(false), JSON.stringify(more), [...new Set(items.map(({ shard }) => shard))], [...new Set(items.flatMap(({ queues }) => queues))]];
}

const charactersOf = (rows: readonly (readonly unknown[])[]): number => rows.reduce((sum, row) => row.reduce<number>((all, one) => all + (typeof one === "string" ? one.length : 0), sum), 0);

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
