import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase, type Database } from "../../../src/adapters/sqlite/database.js";
import { trimTopics } from "../../../src/adapters/bus/embedded/retention.js";
import { createHousekeeping } from "../../../src/adapters/store/housekeeping.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { prune } from "../../../src/adapters/store/sqlite/prune.js";
import type { CommitItem, Store } from "../../../src/core/ports/store.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";
import { loadFlows } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { textEvent } from "./text-event.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const idOf = (at: number): string => `aarun${String(at).padStart(6, "0")}`;

/** An ended run of so many entries. */
function* ended(run: string, entries: number, { hash = "h", finishedAt = 1, text = "" } = {}): Generator<CommitItem> {
  const row = { run, flow: "f", hash, admittedAt: 1, status: "completed", waits: [], finishedAt, lane: null, error: null } as const;
  for (let seq = 0; seq < entries; seq += 1) yield { run, expectedSeq: seq - 1, entryId: `e${seq}`, fence: null, events: [textEvent(run, seq, text)], index: [{ op: "run.row", row }] };
}

async function fill(store: Store, runs: number, entries: number, text = ""): Promise<void> {
  for (let at = 0; at < runs; at += 100) expect(new Set(await store.commit(Array.from({ length: Math.min(100, runs - at) }, (_, one) => [...ended(idOf(at + one), entries, { text })]).flat()))).toEqual(new Set(["ok"]));
}

const rowsOf = (path: string, table: string): number => {
  using db = new DatabaseSync(path, { readOnly: true });
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
};

test("a transaction removes at most 250 rows, and commits go between them", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  await fill(store, 300, 1);
  await store.commit([...ended("aalong", 1200)]);
  const left: number[] = [];
  const write: Database["write"] = async (name, ...args) => {
    const answer = await database.write(name, ...args);
    left.push(rowsOf(path, "journal"));
    return answer;
  };
  expect(await prune({ survey: database.survey, write }, { before: 2 }, 1000, 5)).toBe(301);
  expect(left.length).toBeGreaterThan(6);
  let before = 1500;
  for (const now of left) {
    expect(before - now).toBeLessThanOrEqual(250);
    before = now;
  }
  expect(before).toBe(0);
});

test("I39: the snapshot of a run goes with its entries, also that of the newest run", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  await fill(store, 2, 3);
  for (const at of [0, 1]) await store.putSnapshot(idOf(at), { seq: 2, text: "x".repeat(300_000) });
  expect(rowsOf(path, "snapshots")).toBe(2);
  expect(await store.prune({ before: 2 }, 10, 5)).toBe(2);
  expect(rowsOf(path, "snapshots")).toBe(0);
});

test("a run whose removal was cut off is not seen, and goes with the next turn", async () => {
  const path = join(folderWith(), "flowctl.db");
  {
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    await fill(store, 1, 600);
    await fill(store, 2, 1);
    expect(await database.write("hideRuns", [1], 2, 5)).toBe(1);
    await database.write("sweepRuns", 250);
    expect(rowsOf(path, "journal")).toBe(351);
  }
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  expect([await store.run(idOf(0)), await collect(store.read(idOf(0), 0)), await store.admittedAt(idOf(0))]).toEqual([null, [], 1]);
  expect(await store.counts()).toMatchObject({ ended: 1 });
  expect(await store.commit([...ended(idOf(0), 1)])).toEqual(["conflict"]);
  expect(await store.prune({ before: 0 }, 10, 5)).toBe(0);
  expect(rowsOf(path, "journal")).toBe(1);
});

test("what a pruned run's owner still appends touches no other run", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  await fill(store, 2, 1);
  await store.prune({ before: 2 }, 10, 5);
  await store.commit([...ended("aanew", 1)]);
  const [, second] = ended(idOf(1), 2);
  if (second === undefined) throw new Error("there is no second entry");
  expect(await store.commit([second])).toEqual(["conflict"]);
  expect(await collect(store.read("aanew", 0))).toHaveLength(1);
});

test("ids of runs without a dedupe key are free after a week, those with one never; marks of pure flows go with their time", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  const [plain, keyed] = [planOf("on: { topic: in }"), planOf("on: { topic: in, dedupe: { key: msg.id, ttl: 1h } }")];
  await store.putPlan(plain);
  await store.putPlan(keyed);
  await store.commit([...ended("aaplain", 1, { hash: plain.hash }), ...ended("aakeyed", 1, { hash: keyed.hash })]);
  await store.markSeen("f", [{ key: "a", until: 10 * DAY }, { key: "b", until: Infinity }]);
  expect(await store.prune({ before: 2 }, 10, DAY)).toBe(2);
  expect(await store.prune({ before: 2 }, 10, 7 * DAY)).toBe(0);
  expect(await store.admittedAt("aaplain")).toBe(1);
  expect(await store.prune({ before: 2 }, 10, 1000 * DAY)).toBe(0);
  expect([await store.admittedAt("aaplain"), await store.admittedAt("aakeyed")]).toEqual([null, 1]);
  expect(rowsOf(path, "seen")).toBe(1);
});

test("a plan goes when no run is of it, unless this process may admit runs of it", async () => {
  const path = join(folderWith(), "flowctl.db");
  const [old, used, loaded] = [planOf("on: { topic: in }", "a1"), planOf("on: { topic: in }", "a2"), planOf("on: { topic: in }", "a3")];
  {
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    await store.putPlan(old);
    await store.putPlan(used);
    await store.commit([...ended("aaold", 1, { hash: old.hash, finishedAt: 1 }), ...ended("aaused", 1, { hash: used.hash, finishedAt: 9 })]);
    expect(await store.prune({ before: 2 }, 10, 5)).toBe(1);
    expect(await store.plan(old.hash)).not.toBeNull();
  }
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  await store.putPlan(loaded);
  await store.prune({ before: 2 }, 10, 5);
  expect([await store.plan(old.hash), (await store.plan(used.hash))?.hash, (await store.plan(loaded.hash))?.hash]).toEqual([null, used.hash, loaded.hash]);
});

test("the file's room is used again, and given back where much of it is free", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  const text = "x".repeat(20_000);
  await fill(store, 500, 1, text);
  const full = pagesOf(path);
  await store.prune({ before: 2 }, 250, 5);
  // Half of it is free: kept for what comes; the ids of what is gone may take a page.
  expect(pagesOf(path).pages - full.pages).toBeOneOf([0, 1]);
  await store.prune({ before: 2 }, 1000, 5);
  const { pages, free } = pagesOf(path);
  expect(pages).toBeLessThan(full.pages / 4);
  expect(free * 4).toBeLessThanOrEqual(pages);
});

test("a process that serves removes by itself what ended a week ago, and messages of topics that nobody uses", async () => {
  const path = join(folderWith(), "flowctl.db");
  const clock = virtualClock();
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  for (let at = 0; at < 250; at += 1) await store.commit([...ended(idOf(at), 1, { finishedAt: clock.now() - 8 * DAY })]);
  await store.commit([...ended("aayoung", 1, { finishedAt: clock.now() - 6 * DAY })]);
  await database.write("busPublish", clock.now() - 8 * DAY, ["old", 0, "m1", null, "{}", "1"]);
  await database.write("busPublish", clock.now() - 6 * DAY, ["old", 0, "m2", null, "{}", "2"]);
  const housekeeping = createHousekeeping(store, clock, (now, closed) => trimTopics(database, now, closed));
  housekeeping.start(() => expect.unreachable());
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await clock.advance(60_000);
      await turns(20);
    }
  };
  await until(() => rowsOf(path, "bus_messages") === 1);
  expect((await store.runs({ limit: 10 })).map(({ run }) => run)).toEqual(["aayoung"]);
  await clock.advance(2 * DAY);
  await until(() => rowsOf(path, "bus_messages") === 0);
  expect(await store.runs({ limit: 10 })).toEqual([]);
  housekeeping.close();
  expect(clock.pending()).toBe(0);
});

test("what cannot be removed again and again is told once, until it can be", async () => {
  const clock = virtualClock();
  const told: string[] = [];
  let works = false;
  let turnsTaken = 0;
  const housekeeping = createHousekeeping({
    prune() {
      turnsTaken += 1;
      return works ? Promise.resolve(0) : Promise.reject(new Error("permission denied for table runs"));
    },
  }, clock);
  housekeeping.start((problem) => told.push(problem));
  const hours = async (count: number): Promise<void> => {
    for (let hour = 0; hour < count; hour += 1) await clock.advance(HOUR);
  };
  await hours(1);
  expect(told).toEqual([]);
  await hours(3);
  expect(told).toEqual(["what is past its time was not removed: permission denied for table runs. It is tried each hour; until then the store grows"]);
  works = true;
  await hours(2);
  works = false;
  await hours(3);
  expect(told).toHaveLength(2);
  expect(turnsTaken).toBe(9);
  housekeeping.close();
  expect(clock.pending()).toBe(0);
});

function pagesOf(path: string): { readonly pages: number; readonly free: number } {
  using db = new DatabaseSync(path, { readOnly: true });
  return { pages: Number(db.prepare("PRAGMA page_count").get()?.["page_count"]), free: Number(db.prepare("PRAGMA freelist_count").get()?.["freelist_count"]) };
}

function planOf(on: string, step = "a") {
  const [flow] = loadFlows(`
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
${on}
steps: [ { id: ${step}, tool: r, with: "\${input}" } ]
`);
  if (flow === undefined) throw new Error("the flow has errors");
  return flow.plan;
}
