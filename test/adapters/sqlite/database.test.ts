import { chmodSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { CommitItem } from "../../../src/core/ports/store.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";
import { textEvent } from "./text-event.js";

const RUN = "aarun";

test("all is there after close and open: entry ids, epochs, outbox, what was marked", async () => {
  const path = join(folderWith(), "flowctl.db");
  const first = item(0, [{ op: "outbox.put", message: message("m0") }, { op: "outbox.put", message: message("m1") }]);
  {
    await using database = await openDatabase(path);
    await using store = createSqliteStore(database);
    expect(await store.own(0, "a")).toEqual({ shard: 0, epoch: 1 });
    expect(await store.commit([first])).toEqual(["ok"]);
    await store.published(0, ["m0"]);
    await database.setSocketPath("/run/here");
  }
  await using reader = await openSqliteReader(path);
  expect(await reader.socketPath()).toBe("/run/here");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  expect(await store.commit([first, { ...first, entryId: "other" }])).toEqual(["ok", "conflict"]);
  expect((await store.outbox(0, 10)).map((row) => row.message.id)).toEqual(["m1"]);
  expect(await store.own(0, "b")).toEqual({ shard: 0, epoch: 2 });
  await database.setSocketPath(null);
  expect(await reader.socketPath()).toBeNull();
});

test("one process, one owner: a second opening is refused and harms nothing", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016", message: expect.stringContaining(`process ${process.pid} `) });
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016" });
  expect(await createSqliteStore(database).commit([item(0)])).toEqual(["ok"]);
});

test.each(["a link to it", "a link to where it will be"])("one owner through %s too", async (way) => {
  const folder = folderWith();
  const [path, link] = [join(folder, "flowctl.db"), join(folder, "link.db")];
  if (way === "a link to it") await (await openDatabase(path))[Symbol.asyncDispose]();
  symlinkSync("flowctl.db", link);
  await using database = await openDatabase(link);
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016" });
  await expect(openDatabase(link)).rejects.toMatchObject({ code: "FC6016" });
  expect(await createSqliteStore(database).commit([item(0)])).toEqual(["ok"]);
});

test("a new file is its user's alone, the log too; one that is there keeps its mode", async () => {
  const path = join(folderWith(), "flowctl.db");
  const modes = (): readonly number[] => [path, `${path}-wal`].map((file) => statSync(file).mode & 0o777);
  {
    await using _ = await openDatabase(path);
    expect(modes()).toEqual([0o600, 0o600]);
  }
  chmodSync(path, 0o640);
  await using _ = await openDatabase(path);
  expect(modes()).toEqual([0o640, 0o640]);
});

test("a closed database refuses in one sentence; what was asked before is done", async () => {
  const path = join(folderWith(), "flowctl.db");
  const database = await openDatabase(path);
  const store = createSqliteStore(database);
  const asked = store.commit([item(0)]);
  await database[Symbol.asyncDispose]();
  expect(await asked).toEqual(["ok"]);
  await expect(store.commit([item(1)])).rejects.toMatchObject({ code: "FC6012", message: expect.stringContaining("is closed") });
});

test("commits that are asked for at once keep their order", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  const all = await Promise.all(Array.from({ length: 200 }, (_, seq) => store.commit([item(seq)])));
  expect(all.flat()).toEqual(Array.from({ length: 200 }, () => "ok"));
  expect(await collect(store.read(RUN, 0))).toHaveLength(200);
});

test("values that repeat an output are kept once, and come back whole from any seq on", async () => {
  const path = join(folderWith(), "flowctl.db");
  const output = { text: "needle".padEnd(5000, "x") };
  const written: readonly RunEvent[] = [
    { type: "step.completed", run: RUN, seq: 0, at: 5, path: "a", data: { attempt: 1, output, ms: 1 } },
    { type: "step.started", run: RUN, seq: 1, at: 6, path: "b", data: { kind: "tool", effect: "write", attempt: 1, inHash: "h", input: output, key: "k" } },
    { type: "run.finished", run: RUN, seq: 2, at: 7.5, data: { status: "completed", output, usage: { in: 0, out: 0 }, usd: 0 } },
  ];
  {
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    for (const event of written) expect(await store.commit([{ run: RUN, expectedSeq: event.seq - 1, entryId: `e${event.seq}`, fence: null, events: [event], index: [] }])).toEqual(["ok"]);
    expect(await collect(store.read(RUN, 0))).toEqual(written);
    expect(await collect(store.read(RUN, 2))).toEqual(written.slice(2));
  }
  expect(readFileSync(path, "latin1").split("needle")).toHaveLength(2);
});

test("a run of more entries than a page comes back whole, from the middle too", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  const pairs = Array.from({ length: 1200 }, (_, at): CommitItem => ({ run: RUN, expectedSeq: at * 2 - 1, entryId: `e${at}`, fence: null, events: [textEvent(RUN, at * 2, "a"), textEvent(RUN, at * 2 + 1, "b")], index: [] }));
  await store.commit(pairs);
  expect((await collect(store.read(RUN, 0))).map(({ seq }) => seq)).toEqual(Array.from({ length: 2400 }, (_, seq) => seq));
  expect((await collect(store.read(RUN, 1001))).map(({ seq }) => seq)).toEqual(Array.from({ length: 1399 }, (_, at) => at + 1001));
});

const message = (id: string) => ({ topic: "t", key: null, id, headers: {}, body: "{}" });

const item = (seq: number, index: CommitItem["index"] = []): CommitItem => ({ run: RUN, expectedSeq: seq - 1, entryId: `e${seq}`, fence: null, events: [textEvent(RUN, seq, "")], index });
