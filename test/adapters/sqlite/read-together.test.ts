import { join } from "node:path";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { storeReader } from "../../../src/adapters/store/sqlite/reader.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { CommitItem } from "../../../src/core/ports/store.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";

/** An entry each. */
const eventsOf = (run: string, count: number, characters: number): readonly RunEvent[] =>
  Array.from({ length: count }, (_, seq) => ({ type: "step.completed", run, seq, at: seq, path: `s${seq}`, data: { attempt: 1, output: `${run}${seq}`.padEnd(characters, "."), ms: 1 } }));

const items = (events: readonly RunEvent[]): CommitItem[] =>
  events.map((event) => ({
    run: event.run,
    expectedSeq: event.seq - 1,
    entryId: `e${event.seq}`,
    fence: null,
    events: [event],
    index: [{ op: "run.row", row: { run: event.run, flow: "f", hash: "h", admittedAt: 1, status: null, waits: [], finishedAt: null, lane: null, error: null } }],
  }));

async function withJournals(journals: readonly (readonly RunEvent[])[], use: (database: Database) => Promise<void>): Promise<void> {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  await createSqliteStore(database).commit(journals.flatMap(items));
  await use(database);
}

test("runs that are read in one turn are one call to the thread, whose answers are theirs", async () => {
  const journals = ["aaone", "aatwo", "aathree"].map((run) => eventsOf(run, 2, 10));
  await withJournals(journals, async (database) => {
    const asked: string[] = [];
    const read: Database["read"] = (name, ...args) => {
      asked.push(name);
      return database.read(name, ...args);
    };
    const reader = storeReader({ read, survey: read });
    const [rows, found] = await Promise.all([Promise.all(["aatwo", "nobody", "aaone"].map((run) => reader.run(run))), Promise.all(["aathree", "nobody", "aaone"].map((run) => collect(reader.read(run, 0))))]);
    expect(rows.map((row) => row?.run ?? null)).toEqual(["aatwo", null, "aaone"]);
    expect(found).toEqual([journals[2], [], journals[0]]);
    expect(asked.toSorted()).toEqual(["pages", "runsOf"]);
  });
});

test("journals that are more than one transaction reads at once come back whole", async () => {
  const journals = ["aaone", "aatwo", "aathree"].map((run) => eventsOf(run, 60, 50_000));
  await withJournals(journals, async (database) => {
    const { read } = storeReader(database);
    expect(await Promise.all(journals.map(([first]) => collect(read(first?.run ?? "", 0))))).toEqual(journals);
    expect(await Promise.all(journals.map(([first]) => collect(read(first?.run ?? "", 59))))).toEqual(journals.map((events) => events.slice(59)));
  });
});

test("what the thread refuses is refused to all who asked", async () => {
  const read: Database["read"] = () => Promise.reject(new Error("away"));
  const reader = storeReader({ read, survey: read });
  expect(await Promise.allSettled([reader.run("aaone"), reader.run("aatwo")])).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
});
