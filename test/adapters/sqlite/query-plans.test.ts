import { DatabaseSync, type StatementSync } from "node:sqlite";
import { expect, test } from "vitest";
import { migrate } from "../../../src/adapters/sqlite/migrate.js";
import { type Reads, reads, type Writes, writes } from "../../../src/adapters/sqlite/operations.js";

// A store has millions of runs and messages: what is asked while runs go on must come by an index to what it gives.

/** An empty database, and the plans of the statements that an act runs. */
function watched<T>(table: (db: DatabaseSync) => T): { readonly table: T; plansOf(act: () => void): readonly string[] } & Disposable {
  const db = new DatabaseSync(":memory:");
  migrate(db);
  const run = new Set<string>();
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    const statement = prepare(sql);
    for (const name of ["get", "all", "run", "iterate"] as const) {
      const act: (...values: never[]) => unknown = statement[name].bind(statement);
      Object.assign(statement, { [name]: (...values: never[]) => (run.add(sql), act(...values)) });
    }
    return statement satisfies StatementSync;
  };
  return {
    table: table(db),
    plansOf(act) {
      run.clear();
      act();
      return [...run].flatMap((sql) => prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)));
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/** What grows with the runs that there are, and with messages. */
const GROWS = /^SCAN (?:runs|journal|timers|outbox|waiters|seen|spent|table_rows|table_effects|blobs|blob_runs|snapshots|bodies|bus_messages|dead_letters)\b/;
/** From its newest on, as many as are asked for. */
const NEWEST: ReadonlySet<string> = new Set(["SCAN runs", "SCAN dead_letters"]);

const FLOW = { flow: "f", state: null, before: null, limit: 20 };
const ASKED: { readonly [K in keyof Reads]?: Parameters<Reads[K]> } = {
  pages: [[{ run: "r", fromSeq: 3 }]], entry: ["r", 3], body: ["k"], snapshot: ["r"], blob: ["h"], runsOf: [["r"]], runsLike: ["r"], openRuns: [3], plan: ["h"], meta: ["k"],
  runs: [{ ...FLOW, state: "failed" }], timers: [3, 5, 10], inbox: [3, 10], outbox: [3, 10], waiters: ["f", "t", ["k"]], openPlans: [], lockHead: ["l"], untakenLocks: [], laneHead: ["l"],
  tableRow: ["t", "k", 5], tableRows: ["t", "k", 10, 5], seen: ["s", ["k"], 5], admittedAt: ["r"], ended: [{ before: 5 }, { finished: 0, rid: 0 }, 100], budgets: ["s", 1],
  busPage: ["t", [{ partition: 0, offset: 0 }]], busTopics: [], busMessages: ["t", { last: 10 }],
};

test.each(Object.entries(ASKED))("%s comes by an index to what it gives", (name, args) => {
  using db = watched(reads);
  const act: (...values: never[]) => unknown = Reflect.get(db.table, name);
  const plans = db.plansOf(() => void Reflect.apply(act, undefined, args));
  expect(plans).not.toEqual([]);
  expect(plans.filter((plan) => GROWS.test(plan))).toEqual([]);
});

test.each([
  ["all", { ...FLOW, flow: null }],
  ["those of a state", { ...FLOW, flow: null, state: "parked" }],
  ["incidents of a flow", { ...FLOW, state: "incident" }],
  ["of a flow, a page behind another", { ...FLOW, before: "r" }],
] as const)("runs list: %s", (_, of) => {
  using db = watched(reads);
  const plans = db.plansOf(() => void db.table.runs(of));
  expect(plans.filter((plan) => GROWS.test(plan) && !NEWEST.has(plan) && !plan.includes("runs_incident"))).toEqual([]);
  expect(plans.filter((plan) => plan.startsWith("USE TEMP B-TREE"))).toEqual([]);
});

const WRITTEN: { readonly [K in keyof Writes]?: Parameters<Writes[K]> } = {
  hideRuns: [[1, 2], 5, 5], sweepRuns: [10], expireMarks: [5, 10], expireRows: [5, 10], expireBodies: [5], published: [3, ["m"]], putSnapshot: ["r", 3, "{}"], markSeen: ["s", [{ key: "k", until: 9 }], 5],
  putRow: [{ table: "t", key: "k", value: "1", expected: undefined, effect: "e", run: "r", now: 5, until: 9 }], busTrim: ["t", 5],
};

test.each(Object.entries(WRITTEN))("commits wait for no pass through all rows: %s", (name, args) => {
  using db = watched(writes);
  const act: (...values: never[]) => unknown = Reflect.get(db.table, name);
  const plans = db.plansOf(() => void Reflect.apply(act, undefined, args));
  expect(plans).not.toEqual([]);
  expect(plans.filter((plan) => GROWS.test(plan))).toEqual([]);
});
