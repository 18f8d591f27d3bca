import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOW = `flowctl: v1
flow: f
topics:
  in: { message: { fields: { id: string, text: string } }, key: msg.id }
  texts: { message: { fields: { id: string, text: string } }, key: msg.id, max_bytes: 1000, claim_check: true }
tools: { t: { module: ./t.mjs#t, input: { fields: { id: string, text: string } }, output: { fields: { id: string, text: string } }, effect: read } }
on: in
steps:
  - { id: t, tool: t, with: "\${input}" }
  - { emit: texts, with: "\${steps.t}" }
`;
const of = (id: string) => ({ id, text: `needle-${id} `.repeat(300) });

test("a large message is shown as it is read, and purge erases its body", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "t.mjs": "export const t = (input) => input;\n" });
  const { stdout } = await flowctl(["run", ".", "-i", JSON.stringify([of("ann"), of("bob")])], { cwd });
  expect(jsonLines<{ message: object }>(stdout).map(({ message }) => message)).toEqual([of("ann"), of("bob")]);
  const tail = jsonLines<{ headers: Record<string, string>; message: object }>((await flowctl(["topics", "tail", "texts", "-o", "json"], { cwd })).stdout);
  expect(tail.map(({ message }) => message).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([of("ann"), of("bob")]);
  expect(tail.every(({ headers }) => headers["flowctl-claim"] === headers["flowctl-id"])).toBe(true);
  expect((await flowctl(["runs", "purge", "--key", "ann", "--flow", "f", "--yes"], { cwd })).status).toBe(0);
  const file = globSync(`${cwd}/.flowctl/*`).map((path) => readFileSync(path, "latin1")).join("");
  expect(file).not.toContain("needle-ann");
  expect(file).toContain("needle-bob");
});

test("a large message that is sent again has its body in the store too: its broker may not take it otherwise", async () => {
  const reads = `flowctl: v1
flow: f
topics:
  texts: { message: { fields: { id: string, text: string } }, key: msg.id, max_bytes: 1000, claim_check: true }
  done: {}
tools: { t: { module: ./t.mjs#t, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: read } }
on: texts
steps:
  - { id: t, tool: t, with: { id: "\${input.id}" } }
  - { emit: done, with: { id: "\${steps.t.id}", size: "\${size(input.text)}" } }
`;
  const cwd = folderWith({ "flow.yaml": reads, "t.mjs": "export const t = () => { throw new Error('away'); };\n" });
  const { status } = await flowctl(["run", ".", "-i", JSON.stringify([of("ann"), of("bob"), { id: "cat", text: "short" }])], { cwd });
  expect(status).toBe(1);
  const runs: readonly { readonly run: string }[] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  expect((await flowctl(["dlq", "redrive", "--all", "--yes"], { cwd })).status).toBe(0);
  expect((await flowctl(["runs", "retry", runs[0]?.run ?? "", "--new"], { cwd })).status).toBe(0);
  const tail = jsonLines<{ headers: Record<string, string>; message: { id: string } }>((await flowctl(["topics", "tail", "texts", "-o", "json"], { cwd })).stdout);
  const apart = tail.map(({ headers, message: { id } }) => `${id} ${headers["flowctl-redrive"] ?? "-"} ${headers["flowctl-claim"] !== undefined}`);
  expect(new Set(apart)).toEqual(new Set(["ann - false", "bob - false", "cat - false", "ann 1 true", "bob 1 true", "cat 1 false"]));
  writeFileSync(join(cwd, "t.mjs"), "export const t = ({ id }) => ({ id });\n");
  const again = await flowctl(["run", ".", "-i", '{ "id": "dan", "text": "x" }'], { cwd });
  const sizes = jsonLines<{ message: { id: string; size: number } }>(again.stdout).map(({ message: { id, size } }) => [id, size]);
  expect(sizes.toSorted()).toEqual([["ann", 3300], ["bob", 3300], ["cat", 5], ["dan", 1]]);
});
