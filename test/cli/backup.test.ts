import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
  expect(await flowctl(["backup", "nowhere/b.db"], { cwd })).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining("FC6013") });
  writeFileSync(join(cwd, ".flowctl", "flowctl.db"), "no database at all, but long enough to be read as one".repeat(40));
  expect(await flowctl(["backup", "b.db"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6014") });
  expect(existsSync(join(cwd, "b.db"))).toBe(false);
  expect(readdirSync(cwd).filter((name) => name.endsWith(".part"))).toEqual([]);
});
