import { canonicalJson } from "../../core/json.js";
import type { CommitResult, Store } from "../../core/ports/store.js";
import { shardOf } from "../../core/run-id.js";
import type { Database } from "../sqlite/database.js";
import { type DurableOutputs, rememberOutputs } from "./journal/entry.js";
import { encodeItems } from "./sqlite/items.js";
import { prune } from "./sqlite/prune.js";
import { publishedMarks } from "./sqlite/published.js";
import { storeReader } from "./sqlite/reader.js";
import { atMost, lockPlace, outboxRow, requestOf, runRow, text, timerRow } from "./journal/rows.js";

/** The journal in a file. Closing it leaves the database open: others may have it too. */
export function createSqliteStore(database: Database): Store {
  const marks = publishedMarks(database);
  const durable: DurableOutputs = new WeakMap();
  /** The last time that somebody asked by: marks that were over then may go. */
  let now = 0;
  async function lastTick(schedule: string): Promise<number | null> {
    const row = await database.read("meta", tickKey(schedule));
    return row === null ? null : Number(row["value"]);
  }
  return {
    ...storeReader(database),
    durable: true,
    own: async (shard, owner) => ({ shard, epoch: await database.write("own", shard, owner) }),
    async commit(items) {
      if (items.length === 0) return [];
      const results = (await database.commit(encodeItems(items, durable), items.length)) ?? items.map((): CommitResult => "ok");
      items.forEach(({ events }, at) => {
        if (results[at] === "ok") rememberOutputs(events, durable);
      });
      return results;
    },
    openRuns: async (shard) => (await database.read("openRuns", shard)).map(runRow),
    putPlan: (plan) => database.write("putPlan", plan.hash, JSON.stringify(plan)),
    timers: async (shard, until, limit) => (await database.read("timers", shard, until, atMost(limit))).map(timerRow),
    putInbox: (row) => database.write("putInbox", row.run, row.id, shardOf(row.run), JSON.stringify(row)),
    inbox: async (shard, limit) => (await database.read("inbox", shard, atMost(limit))).map(requestOf),
    async outbox(shard, limit) {
      const rows = await database.read("outbox", shard, atMost(limit + marks.count(shard)));
      const unsent = rows.filter((row) => !marks.has(shard, text(row, "id"))).slice(0, limit);
      return unsent.map(outboxRow);
    },
    async published(shard, ids) {
      marks.put(shard, ids);
    },
    waiters: async (flow, topic, keys) => (await database.read("waiters", flow, topic, keys)).map((row) => ({ run: text(row, "id"), wait: text(row, "wait"), key: text(row, "key") })),
    openPlans: async () => (await database.read("openPlans")).map((row) => text(row, "hash")),
    untakenLocks: async () => (await database.read("untakenLocks")).map(lockPlace),
    laneHead: async (lane) => {
      const row = await database.read("laneHead", lane);
      return row === null ? null : text(row, "id");
    },
    putRow: ({ value, expected, until, ...put }) => database.write("putRow", { ...put, until: until ?? Infinity, value: canonicalJson(value), expected: expected === undefined || expected === null ? expected : canonicalJson(expected.value) }),
    async snapshot(run) {
      const row = await database.read("snapshot", run);
      return row === null ? null : text(row, "snapshot");
    },
    // With the next transaction of others: it costs no sync of its own.
    putSnapshot: (run, snapshot) => (snapshot === null ? database.later("dropSnapshot", run) : database.later("putSnapshot", run, snapshot.seq, snapshot.text)),
    putBody: ({ key, body, until }) => database.write("putBody", key, body, until),
    async seen(scope, keys, at) {
      now = at;
      return new Set(await database.read("seen", scope, keys, at));
    },
    markSeen: (scope, keys) => database.write("markSeen", scope, keys, now),
    lastTick,
    async beginTicks(schedule, time) {
      const last = await lastTick(schedule);
      if (last === null) await database.write("setMeta", tickKey(schedule), String(time));
      return last ?? time;
    },
    putTick: (schedule, time) => database.write("setMeta", tickKey(schedule), String(time)),
    putDeadLetters: (rows) => database.write("putDeadLetters", rows.map(({ id, flow, at, letter }) => ({ id, flow, at, letter: JSON.stringify(letter) }))),
    deleteDeadLetters: (ids) => database.write("deleteDeadLetters", ids),
    async admittedAt(run) {
      const row = await database.read("admittedAt", run);
      return row === null || row["admitted"] === null ? null : Number(row["admitted"]);
    },
    prune: (ended, most, at) => prune(database, ended, most, at),
    [Symbol.asyncDispose]: () => marks.flushed(),
  };
}

const tickKey = (schedule: string): string => `tick ${schedule}`;
