import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileLines } from "../../src/cli/run/json-lines.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

async function read(text: string): Promise<string[]> {
  const all: string[] = [];
  for await (const part of fileLines(join(folderWith({ "in.jsonl": text }), "in.jsonl"))) all.push(...part.map(({ body }) => body));
  return all;
}

test("all lines that are not empty, whatever ends them and wherever a chunk does", async () => {
  const long = "ä€😀".repeat(300_000);
  expect(await read(`\ufeff1\r\n\n  \n2\u2028\r3\n${long}\n"\ufeff"`)).toEqual(["1", "2\u2028\r3", long, '"\ufeff"']);
  expect(await read("")).toEqual([]);
  expect(await read("1\n")).toEqual(["1"]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json(), { maxLength: 1200 }), fc.constantFrom("\n", "\r\n"), async (lines, end) => {
      expect(await read(lines.join(end))).toEqual(lines);
    }),
    { numRuns: 20 },
  );
});

test("the first ones are there before the file has ended", async () => {
  const path = join(folderWith(), "in.jsonl");
  execFileSync("sh", ["-c", "mkfifo in.jsonl"], { cwd: dirname(path) });
  const writer = openSync(path, "r+");
  writeSync(writer, "7\n".repeat(501));
  const lines = fileLines(path);
  expect((await lines.next()).value).toHaveLength(500);
  closeSync(writer);
  await lines.return(undefined);
});

const COPY = `flowctl: v1
flow: copy
topics: { in: { message: { fields: { n: integer } } }, out: {} }
on: in
steps: [ { emit: out, with: "\${input}" } ]
---
flowctl: v1
flow: other
topics: { other: { message: { fields: { text: string } } }, out: {} }
on: other
steps: [ { emit: out, with: "\${input}" } ]
`;

test("a file of many lines, to the topic that they fit and by `topics publish`; one that cannot be read is a usage error", async () => {
  const cwd = folderWith({ "copy.yaml": COPY, "in.jsonl": Array.from({ length: 1201 }, (_, n) => `{"n":${n}}\n`).join("") });
  const { status, stdout, stderr } = await flowctl(["run", "copy.yaml", "-i", "in.jsonl"], { cwd });
  expect(status, stderr).toBe(0);
  expect(jsonLines(stdout)).toHaveLength(1201);
  expect((await flowctl(["topics", "publish", "in", "in.jsonl"], { cwd })).stdout).toMatch(/^1201 messages to in/);
  for (const input of ["none.jsonl", "folder.jsonl"]) {
    const folder = folderWith({ "copy.yaml": COPY, "folder.jsonl/x": "" });
    expect(await flowctl(["run", "copy.yaml", "-i", `in=${input}`], { cwd: folder })).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(`cannot read the input file \`${input}\``) });
  }
});
