import { globSync, readFileSync } from "node:fs";
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
