import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { CommitItem } from "../../../src/core/ports/store.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";

const large = (name: string) => ({ name, text: `needle-${name}`.padEnd(100_000, "ä\ud800") });

const eventsOf = (run: string, name: string): readonly RunEvent[] => [
  { type: "run.admitted", run, seq: 0, at: 1, data: { flow: "f", hash: "h", input: large(name), source: null } },
  { type: "step.started", run, seq: 1, at: 2, path: "a", data: { kind: "tool", effect: "write", attempt: 1, inHash: "x", input: large(name), key: "k" } },
  { type: "step.completed", run, seq: 2, at: 3, path: "a", data: { attempt: 1, inHash: "x", output: large("other"), ms: 1 } },
  { type: "run.finished", run, seq: 3, at: 4, data: { status: "completed", output: large(name), usage: { in: 0, out: 0 }, usd: 0 } },
];

const items = (run: string, events: readonly RunEvent[], finishedAt = 4): CommitItem[] =>
  events.map((event) => ({ run, expectedSeq: event.seq - 1, entryId: `e${event.seq}`, fence: null, events: [event], index: [{ op: "run.row", row: { run, flow: "f", hash: "h", admittedAt: 1, status: "completed", waits: [], finishedAt, lane: null, error: null } }] }));

const count = (path: string, table: string): number => {
  using db = new DatabaseSync(path, { readOnly: true });
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
};

test("I39: a large value is stored once, whichever events and runs have it, and comes back whole from any seq on", async () => {
  const path = join(folderWith(), "flowctl.db");
  const [one, two] = [eventsOf("aaone", "same"), eventsOf("aatwo", "same")];
  {
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    expect(await store.commit([...items("aaone", one), ...items("aatwo", two)])).toEqual(Array.from({ length: 8 }, () => "ok"));
    for (let from = 0; from < 4; from += 1) expect(await collect(store.read("aaone", from))).toEqual(one.slice(from));
  }
  expect(count(path, "blobs")).toBe(2);
  expect(readFileSync(path, "latin1").split("needle-same")).toHaveLength(2);
  await using reader = await openSqliteReader(path);
  expect(await collect(reader.read("aatwo", 0))).toEqual(two);
});

test("an output that a later event repeats is found in its blob, also by a process that did not write it", async () => {
  const path = join(folderWith(), "flowctl.db");
  const output = large("output");
  const events: readonly RunEvent[] = [
    { type: "step.completed", run: "aaone", seq: 0, at: 1, path: "a", data: { attempt: 1, output, ms: 1 } },
    { type: "run.finished", run: "aaone", seq: 1, at: 2, data: { status: "completed", output, usage: { in: 0, out: 0 }, usd: 0 } },
  ];
  {
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    await store.commit(items("aaone", events).slice(0, 1));
    await store.commit(items("aaone", events).slice(1));
  }
  await using reader = await openSqliteReader(path);
  expect(await collect(reader.read("aaone", 1))).toEqual(events.slice(1));
});

test("a refused item leaves no value; a value goes with the last run that has it", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  const [one, two] = [eventsOf("aaone", "same"), eventsOf("aatwo", "same")];
  await store.commit(items("aaone", one, 4));
  expect(await store.commit(items("aaone", eventsOf("aaone", "never")).slice(1, 2).map((item) => ({ ...item, entryId: "other" })))).toEqual(["conflict"]);
  expect(count(path, "blobs")).toBe(2);
  await store.commit(items("aatwo", two, 5));
  expect(await store.prune({ before: 5 }, 10, 9)).toBe(1);
  expect(count(path, "blobs")).toBe(2);
  expect(await collect(store.read("aatwo", 0))).toEqual(two);
  expect(await store.prune({ before: 6 }, 10, 9)).toBe(1);
  expect([count(path, "blobs"), count(path, "blob_runs")]).toEqual([0, 0]);
});

test("outputs that are repeated long after them are whole, also where a reader cannot hold them all", async () => {
  const path = join(folderWith(), "flowctl.db");
  const run = "aaone";
  const many = 60;
  // 60 MB in all; every second one is small, and stands in the entry itself.
  const outputs = Array.from({ length: many }, (_, n) => ({ n, text: `output ${n}`.padEnd(n % 2 === 0 ? 1_000_000 : 100, "x") }));
  const events: RunEvent[] = outputs.map((output, n) => ({ type: "step.completed", run, seq: n, at: n, path: `all[${n}]/a`, data: { attempt: 1, output, ms: 1 } }));
  for (const [n, payload] of outputs.entries()) events.push({ type: "message.emitted", run, seq: many + n, at: n, path: `more[${n}]/b`, data: { index: 0, topic: "t", key: null, id: `${n}`, payload } });
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  // One commit after the other: only what is durable is repeated by its place.
  for (const item of items(run, events)) await store.commit([item]);
  expect(count(path, "blobs")).toBe(many / 2);
  await using reader = await openSqliteReader(path);
  for (const from of [0, many + many / 2]) expect(await collect(reader.read(run, from))).toEqual(events.slice(from));
});
