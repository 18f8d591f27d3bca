import type { CommitItem, CommitResult, IndexOp, Waiter } from "../../../core/ports/store.js";
import { shardOf, type RunId } from "../../../core/run-id.js";
import { ended } from "./ended.js";
import type { Tables } from "./tables.js";

/** One item, whole or not at all (I2). */
export function applyItem(tables: Tables, item: CommitItem): CommitResult {
  const stored = tables.runs.get(item.run);
  if (stored?.entries.get(item.expectedSeq + 1) === item.entryId) return "ok";
  if (item.fence !== null && tables.epochs.get(item.fence.shard) !== item.fence.epoch) return "fenced";
  if ((stored?.lastSeq ?? -1) !== item.expectedSeq) return "conflict";
  if (tables.spent.has(item.run)) return "conflict";
  const run = stored ?? { events: [], lastSeq: -1, entries: new Map<number, string>(), row: null, snapshot: null };
  if (stored === undefined) tables.runs.set(item.run, run);
  run.entries.set(item.expectedSeq + 1, item.entryId);
  for (const event of item.events) run.events.push(event);
  run.lastSeq += item.events.length;
  for (const op of item.index) {
    if (op.op === "run.row") run.row = run.row?.origin === undefined ? op.row : { ...op.row, origin: run.row.origin };
    else applyIndex(tables, item.run, op);
  }
  if (run.row !== null && run.row.status !== null) ended(tables, item.run);
  return "ok";
}

function applyIndex(tables: Tables, run: RunId, op: Exclude<IndexOp, { op: "run.row" }>): void {
  switch (op.op) {
    case "outbox.put":
      under(tables.outbox, shardOf(run), () => new Map()).set(op.message.id, { run, message: op.message, position: (tables.outboxEnd += 1) });
      return;
    case "timer.put":
      under(tables.timers, shardOf(run), () => new Map()).set(placeKey(run, op.path), { run, path: op.path, due: op.due });
      return;
    case "timer.delete":
      tables.timers.get(shardOf(run))?.delete(placeKey(run, op.path));
      return;
    case "waiter.put":
      putWaiter(tables, op.topic, { run, wait: op.wait, key: op.key });
      return;
    case "waiter.delete":
      deleteWaiters(tables, run, op.wait);
      return;
    case "lane.join":
      under(tables.lanes, op.lane, () => new Set()).add(run);
      return;
    case "lane.leave": {
      const lane = tables.lanes.get(op.lane);
      lane?.delete(run);
      if (lane?.size === 0) tables.lanes.delete(op.lane);
      return;
    }
    case "budget.hold":
      tables.holds.set(placeKey(run, op.call), { scope: op.scope, tokens: op.tokens, usd: op.usd });
      return;
    case "budget.settle": {
      tables.holds.delete(placeKey(run, op.call));
      const used = under(tables.budgets, op.scope, () => ({ tokens: 0, usd: 0, until: op.until }));
      used.tokens += op.tokens;
      used.usd += op.usd;
      return;
    }
    case "lock.join": {
      const queue = under(tables.locks, op.lock, () => new Map());
      if (!queue.has(placeKey(run, op.path))) queue.set(placeKey(run, op.path), { lock: op.lock, run, path: op.path, taken: false });
      return;
    }
    case "lock.take": {
      const place = tables.locks.get(op.lock)?.get(placeKey(run, op.path));
      if (place !== undefined) place.taken = true;
      return;
    }
    case "lock.leave": {
      const queue = tables.locks.get(op.lock);
      queue?.delete(placeKey(run, op.path));
      if (queue?.size === 0) tables.locks.delete(op.lock);
      return;
    }
    case "inbox.delete":
      tables.inbox.delete(placeKey(run, op.id));
  }
}

function putWaiter({ waiters, waitersOf }: Tables, topic: string, waiter: Waiter): void {
  const place = waiterPlace(topic, waiter.key);
  const here = under(waiters, place, () => new Set<Waiter>());
  for (const { run, wait } of here) if (run === waiter.run && wait === waiter.wait) return;
  here.add(waiter);
  under(waitersOf, waiter.run, () => new Map<Waiter, string>()).set(waiter, place);
}

export function deleteWaiters({ waiters, waitersOf }: Tables, run: RunId, wait: string | null): void {
  for (const [waiter, place] of waitersOf.get(run) ?? []) {
    if (wait !== null && waiter.wait !== wait) continue;
    waiters.get(place)?.delete(waiter);
    if (waiters.get(place)?.size === 0) waiters.delete(place);
    waitersOf.get(run)?.delete(waiter);
  }
  if (waitersOf.get(run)?.size === 0) waitersOf.delete(run);
}

export const waiterPlace = (topic: string, key: string): string => `${topic}\n${key}`;

export const placeKey = (run: RunId, path: string): string => `${run} ${path}`;

function under<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
