import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

/** Files that `flowctl run` of earlier commits wrote: a run that completed, and one that waits for a person. */
const LAYOUTS = [3, 4, 5, 6, 7, 8, 9, 10, 11];
/** From here on its runs put a row each; from 8 on the one that waits has a lock. */
const ROWS = 6;

/** A version that those runs were not admitted with: it would say another note. */
const NEWER = `flowctl: v1
flow: shop
topics:
  orders: { message: { fields: { id: string, amount: number } }, key: msg.id }
  paid: { message: { fields: { id: string, amount: number, note: string } }, key: msg.id }
on: orders
steps:
  - { emit: paid, with: { id: "\${input.id}", amount: "\${input.amount}", note: newer } }
`;

test.each(LAYOUTS)("I37, I38: a file of layout %d is brought forward, and its parked run ends with the plan that it began with", async (layout) => {
  const cwd = folderWith({ "shop.yaml": NEWER });
  mkdirSync(join(cwd, ".flowctl"));
  writeFileSync(join(cwd, ".flowctl", "flowctl.db"), gunzipSync(readFileSync(`test/fixtures/store/layout-${layout}.db.gz`)));
  expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6015") });
  await using _ = await serving(cwd, ["shop.yaml"]);
  const [waiting] = JSON.parse((await flowctl(["runs", "list", "--state", "parked", "-o", "json"], { cwd })).stdout);
  expect(waiting).toMatchObject({ flow: "shop", waits: [{ kind: "ask", path: "check/ok", question: "Charge 10000 for b?" }] });
  expect((await flowctl(["runs", "approve", waiting.run, "--with", '{"note":"by phone"}'], { cwd })).status).toBe(0);
  await untilPrints(["topics", "tail", "paid", "-o", "json"], cwd, ({ stdout }) => stdout.includes('"id":"b"'));
  const paid = jsonLines<{ message: object }>((await flowctl(["topics", "tail", "paid", "-o", "json"], { cwd })).stdout);
  expect(paid.map(({ message }) => message)).toEqual([{ id: "a", amount: 20, note: "small" }, { id: "b", amount: 10000, note: "by phone" }]);
  if (layout >= ROWS) expect((await flowctl(["tables", "get", "prices", "b"], { cwd })).stdout).toContain("10000");
  const runs = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  expect(runs.map(({ state }: { state: string }) => state)).toEqual(["completed", "completed"]);
});

test("a layout that a later step of the migration leaves behind has a file here: layout 1 was never written by a command, 2 is read by test/adapters", async () => {
  const cwd = folderWith({ "shop.yaml": NEWER });
  await flowctl(["run", "shop.yaml", "-i", '{"id":"a","amount":1}'], { cwd });
  const file = new DatabaseSync(join(cwd, ".flowctl", "flowctl.db"), { readOnly: true });
  const now = Number(file.prepare("PRAGMA user_version").get()?.["user_version"]);
  file.close();
  expect(readdirSync("test/fixtures/store").toSorted()).toEqual([2, ...LAYOUTS].map((layout) => `layout-${layout}.db.gz`).toSorted());
  expect(LAYOUTS.at(-1)).toBe(now - 1);
});
