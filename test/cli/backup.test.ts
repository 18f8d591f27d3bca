import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { copyError } from "../../src/adapters/sqlite/backup.js";
import { SQLITE } from "../../src/adapters/sqlite/failure.js";
import { openSqliteReader } from "../../src/adapters/sqlite/reader.js";
import { allOf } from "../support/control.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const FILES = {
  "flow.yaml": `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } }, key: msg.id }, out: { message: { fields: { id: string } }, key: msg.id } }
tools: { look: { module: ./look.mjs#look, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: write, idempotency: key } }
on: { topic: in, dedupe: { key: msg.id, ttl: forever } }
steps:
  - { id: one, tool: look, with: "\${input}" }
  - { id: two, tool: look, with: "\${steps.one}" }
  - { emit: out, with: "\${steps.two}" }
`,
  "look.mjs": "export const look = async (input) => input;\n",
};
const MANY = 2000;
const messages = JSON.stringify(Array.from({ length: MANY }, (_, at) => ({ id: `m${at}` })));

test("a backup taken under load opens, has no half run, dedupes, and goes on where it was", async () => {
  const cwd = folderWith(FILES);
  const backups: string[] = [];
  {
    await using server = await serving(cwd);
    expect((await flowctl(["topics", "publish", "in", messages], { cwd })).status).toBe(0);
    for (let at = 0; at < 3; at += 1) {
      const { status, stdout, stderr } = await flowctl(["backup", `b${at}.db`, "-o", "json"], { cwd });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const { file, bytes }: { file: string; bytes: number } = JSON.parse(stdout);
      expect(statSync(file)).toMatchObject({ size: bytes });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      backups.push(file);
    }
    await server.kill();
  }
  let least = MANY;
  for (const file of backups) {
    await using reader = await openSqliteReader(file);
    expect(await reader.socketPath()).toBeNull();
    const rows = await reader.runs({ limit: MANY * 2 });
    for (const { run, status } of rows) {
      const events = await allOf(reader.read(run, 0));
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, seq) => seq));
      expect(events[0]?.type).toBe("run.admitted");
      expect(events.at(-1)?.type === "run.finished").toBe(status !== null);
    }
    least = Math.min(least, rows.filter(({ status }) => status === "completed").length);
  }
  expect(least).toBeLessThan(MANY);
  const [first = ""] = backups;
  const restored = folderWith(FILES);
  mkdirSync(join(restored, ".flowctl"));
  copyFileSync(first, join(restored, ".flowctl", "flowctl.db"));
  // All of it once more: what the copy has admitted is a duplicate, what was on its way goes on.
  const again = await flowctl(["run", ".", "-i", messages, "-o", "json"], { cwd: restored });
  expect(again.status).toBe(0);
  expect((await untilPrints(["doctor", "flow.yaml"], restored, () => true)).stdout).toContain(`0 running, 0 waiting, ${MANY.toLocaleString("en-US")} ended`);
}, 120_000);

test("a file that is there is not written over, and what fails leaves nothing", async () => {
  const cwd = folderWith({ ...FILES, "here.db": "mine" });
  expect(await flowctl(["backup", "b.db"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("there are no runs here yet") });
  await flowctl(["run", ".", "-i", '{"id":"a"}'], { cwd });
  expect(await flowctl(["backup", "here.db"], { cwd })).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/it is there already\.\n {2}hint: Name a file that is not there yet\./) });
  expect(await flowctl(["backup", "-"], { cwd })).toMatchObject({ status: 2, stdout: "", stderr: "flowctl: a backup is a file, and does not go to stdout\n  hint: name it: `flowctl backup backup.db`, and copy that one\n" });
  expect(await flowctl(["backup", "nowhere/b.db"], { cwd })).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining("FC6013") });
  writeFileSync(join(cwd, ".flowctl", "flowctl.db"), "no database at all, but long enough to be read as one".repeat(40));
  expect(await flowctl(["backup", "b.db"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6014") });
  expect(existsSync(join(cwd, "b.db"))).toBe(false);
  expect(readdirSync(cwd).filter((name) => name.includes(".part"))).toEqual([]);
});

test("a backup of a file that an older flowctl wrote is that file: it is what leads back once it was brought forward", async () => {
  const cwd = folderWith({ ...FILES });
  mkdirSync(join(cwd, ".flowctl"));
  const file = join(cwd, ".flowctl", "flowctl.db");
  writeFileSync(file, gunzipSync(readFileSync("test/fixtures/store/layout-7.db.gz")));
  expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6015[^]*What leads back is `flowctl backup` before that/) });
  expect(await flowctl(["backup", "before.db"], { cwd })).toMatchObject({ status: 0, stderr: "" });
  const of = (path: string): unknown[] => {
    using db = new DatabaseSync(path, { readOnly: true });
    return [db.prepare("PRAGMA user_version").get(), db.prepare("SELECT * FROM runs ORDER BY rid").all(), db.prepare("SELECT * FROM journal ORDER BY rowid").all()];
  };
  expect(of(join(cwd, "before.db"))).toEqual(of(file));
});

test("what another backup to the same place is writing, or has left there, is no part of this one", async () => {
  const cwd = folderWith(FILES);
  await flowctl(["run", ".", "-i", '{"id":"a"}'], { cwd });
  mkdirSync(join(cwd, "b.db.part"));
  expect(await flowctl(["backup", "b.db"], { cwd })).toMatchObject({ status: 0, stderr: "" });
  expect(readdirSync(cwd).filter((name) => name.includes(".part-"))).toEqual([]);
});

test("what a copy fails for is said of the file that it is about", async () => {
  const cwd = folderWith(FILES);
  await flowctl(["run", ".", "-i", messages], { cwd });
  const file = join(cwd, ".flowctl", "flowctl.db");
  const bytes = readFileSync(file);
  // Far behind the schema: pages of tables and indexes.
  bytes.fill(0xff, Math.ceil(bytes.length / 8192) * 4096);
  writeFileSync(file, bytes);
  expect(await flowctl(["backup", "b.db"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6014: The file `.*flowctl\.db` is no usable flowctl database: database disk image is malformed[^]*Restore it from a backup, without a `-wal` and a `-shm` of the file before beside it/) });
  expect(readdirSync(cwd).filter((name) => name.startsWith("b.db"))).toEqual([]);
  const full = { message: "database or disk is full", result: SQLITE.FULL, code: null, hint: null };
  expect(copyError("flowctl.db", "/mnt/b.db", full)).toMatchObject({ code: "FC6011", message: "The disk of the backup `/mnt/b.db` is full.", hint: expect.stringContaining("The database is as it was") });
});
