import type { RunEvent, RunStatus } from "../../core/event.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BudgetUse, DeadLetterRow, RunRow, RunState, Store } from "../../core/ports/store.js";
import { shardOf } from "../../core/run-id.js";
import { applyItem, placeKey, waiterPlace } from "./memory/commit.js";
import { prunable, prune } from "./memory/prune.js";
import { liveRows, putRow, readRow } from "./memory/rows.js";
import { createTables } from "./memory/tables.js";

/** The journal of one process, gone with it. The reference for what the durable stores must do. */
export function createMemoryStore(): Store {
  const tables = createTables();
  const plans = new Map<string, FlowPlan>();
  const bodies = new Map<string, { readonly body: string; readonly until: number }>();
  const seen = new Map<string, Map<string, number>>();
  const ticks = new Map<string, number>();
  const deadLetters = new Map<string, DeadLetterRow>();
  const rows = (): RunRow[] => [...tables.runs.values()].flatMap(({ row }) => (row === null ? [] : [row]));
  return {
    durable: false,
    async own(shard) {
      const epoch = (tables.epochs.get(shard) ?? 0) + 1;
      tables.epochs.set(shard, epoch);
      return { shard, epoch };
    },
    commit: async (items) => items.map((item) => applyItem(tables, item)),
    async *read(run, fromSeq): AsyncGenerator<RunEvent> {
      yield* (tables.runs.get(run)?.events ?? []).slice(Math.max(fromSeq, 0));
    },
    run: async (run) => tables.runs.get(run)?.row ?? null,
    runs: async ({ flow, state, before, limit }) =>
      (before === undefined ? rows() : rows().slice(0, Math.max(rows().findIndex(({ run }) => run === before), 0)))
        .reverse()
        .filter((row) => (flow === undefined || row.flow === flow) && (state === undefined || (state === "incident" ? isIncident(row) : state === stateOf(row))))
        .slice(0, limit),
    runsLike: async (prefix) =>
      rows()
        .filter(({ run }) => run.startsWith(prefix))
        .slice(0, 2),
    openRuns: async (shard) => rows().filter((row) => row.status === null && shardOf(row.run) === shard && (row.waits.length === 0 || row.lane !== null)),
    async counts() {
      const open = rows().filter(({ status }) => status === null);
      const parked = open.filter(({ waits }) => waits.length > 0);
      return {
        running: open.length - parked.length,
        parked: parked.length,
        incidents: parked.filter(isIncident).length,
        ended: tables.runs.size - open.length,
        unsent: [...tables.outbox.values()].reduce((sum, messages) => sum + messages.size, 0),
        deadLetters: deadLetters.size,
        rows: [...tables.rows.values()].reduce((sum, rows) => sum + rows.size, 0),
        bytes: null,
      };
    },
    async budgets({ scope, limit }) {
      const found = new Map<string, BudgetUse>();
      for (const one of [...[...tables.budgets].map(([scope, used]) => ({ scope, ...used })), ...tables.holds.values()]) {
        if (scope !== undefined && one.scope !== scope) continue;
        const { tokens, usd } = found.get(one.scope) ?? { tokens: 0, usd: 0 };
        found.set(one.scope, { scope: one.scope, tokens: tokens + one.tokens, usd: usd + one.usd });
      }
      return [...found.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1)).slice(0, limit);
    },
    tableRow: async (table, key, now) => readRow(tables, table, key, now),
    tableRows: async (table, { after, limit }, now) =>
      liveRows(tables, table, now)
        .filter(({ key }) => after === undefined || key > after)
        .slice(0, limit),
    tables: async (now) => [...tables.rows.keys()].sort().flatMap((table) => namedRows(table, liveRows(tables, table, now).length)),
    putRow: async (put) => putRow(tables, put),
    async backlog() {
      const flows = Map.groupBy(rows().filter(({ status }) => status === null), ({ flow }) => flow);
      return [...flows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([flow, open]) => {
        const parked = open.filter(({ waits }) => waits.length > 0);
        return { flow, running: open.length - parked.length, parked: parked.length, incidents: parked.filter(isIncident).length };
      });
    },
    async putInbox(row) {
      const key = placeKey(row.run, row.id);
      if (!tables.inbox.has(key)) tables.inbox.set(key, row);
    },
    inbox: async (shard, limit) => [...tables.inbox.values()].filter(({ run }) => shardOf(run) === shard).slice(0, limit),
    async putPlan(plan) {
      plans.set(plan.hash, plan);
    },
    plan: async (hash) => plans.get(hash) ?? null,
    async timers(shard, until, limit) {
      const due = [...(tables.timers.get(shard)?.values() ?? [])].filter((timer) => timer.due <= until);
      return due.sort((a, b) => a.due - b.due).slice(0, limit);
    },
    outbox: async (shard, limit) => [...(tables.outbox.get(shard)?.values() ?? [])].slice(0, limit),
    async published(shard, ids) {
      const rows = tables.outbox.get(shard);
      for (const id of ids) rows?.delete(id);
    },
    async waiters(flow, topic, keys) {
      return keys.flatMap((key) => [...(tables.waiters.get(waiterPlace(topic, key)) ?? [])]).filter(({ run }) => tables.runs.get(run)?.row?.flow === flow);
    },
    openPlans: async () => [...new Set(rows().flatMap(({ status, hash }) => (status === null ? [hash] : [])))],
    async lockHead(lock) {
      const head = tables.locks.get(lock)?.values().next().value;
      return head === undefined ? null : { lock: head.lock, run: head.run, path: head.path };
    },
    async untakenLocks() {
      const heads = [...tables.locks.values()].flatMap((queue) => queue.values().next().value ?? []);
      return heads.filter(({ taken }) => !taken).map(({ lock, run, path }) => ({ lock, run, path }));
    },
    laneHead: async (lane) => tables.lanes.get(lane)?.values().next().value ?? null,
    async putBody({ key, body, until }) {
      const known = bodies.get(key);
      bodies.set(key, { body: known?.body ?? body, until: Math.max(known?.until ?? 0, until) });
    },
    snapshot: async (run) => tables.runs.get(run)?.snapshot?.text ?? null,
    async putSnapshot(run, snapshot) {
      const stored = tables.runs.get(run);
      if (stored !== undefined && (snapshot === null || snapshot.seq > (stored.snapshot?.seq ?? -1))) stored.snapshot = snapshot;
    },
    body: async (key) => bodies.get(key)?.body ?? null,
    async seen(scope, keys, now) {
      const marks = seen.get(scope);
      if (marks === undefined) return new Set();
      // Marks of one scope expire in the order in which they were made, as long as its ttl does not change.
      for (const [key, until] of marks) {
        if (until > now) break;
        marks.delete(key);
      }
      return new Set(keys.filter((key) => (marks.get(key) ?? 0) > now));
    },
    async markSeen(scope, keys) {
      const marks = seen.get(scope) ?? new Map<string, number>();
      seen.set(scope, marks);
      for (const { key, until } of keys) {
        marks.delete(key);
        marks.set(key, until);
      }
    },
    lastTick: async (schedule) => ticks.get(schedule) ?? null,
    async beginTicks(schedule, now) {
      if (!ticks.has(schedule)) ticks.set(schedule, now);
      return ticks.get(schedule) ?? now;
    },
    async putTick(schedule, time) {
      ticks.set(schedule, time);
    },
    async putDeadLetters(rows) {
      for (const row of rows) if (!deadLetters.has(row.id)) deadLetters.set(row.id, row);
    },
    async deadLetters({ flow, id = "", before, limit }) {
      const newest = [...deadLetters.values()].reverse();
      const from = before === undefined ? 0 : newest.findIndex((row) => row.id === before) + 1;
      return newest.slice(from).filter((row) => (flow === undefined || row.flow === flow) && row.id.startsWith(id)).slice(0, limit);
    },
    async deleteDeadLetters(ids) {
      for (const id of ids) deadLetters.delete(id);
    },
    async prunable(ended) {
      const groups = new Map<string, { readonly flow: string; readonly state: RunStatus; runs: number }>();
      for (const { flow, status } of prunable(tables, ended)) {
        const group = groups.get(`${flow} ${status}`) ?? { flow, state: status, runs: 0 };
        groups.set(`${flow} ${status}`, group);
        group.runs += 1;
      }
      return [...groups.values()];
    },
    async prune(ended, most, now) {
      for (const past of [bodies, tables.budgets]) for (const [key, { until }] of past) if (until <= now) past.delete(key);
      return prune(tables, ended, most, now);
    },
    admittedAt: async (run) => tables.runs.get(run)?.row?.admittedAt ?? tables.spent.get(run) ?? null,
    async [Symbol.asyncDispose]() {
      // What it held goes with it.
    },
  };
}

const namedRows = (table: string, rows: number) => (rows === 0 ? [] : [{ table, rows }]);
const isIncident = ({ status, waits }: RunRow): boolean => status === null && waits.some(({ kind }) => kind === "incident");
const stateOf = ({ status, waits }: RunRow): RunState => status ?? (waits.length > 0 ? "parked" : "running");
