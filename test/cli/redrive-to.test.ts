import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const TOPICS = 'topics: { in: { message: { fields: { id: string, n: "number[]" } }, dlq: in.dlq }, out: {} }';
const PURE = `flowctl: v1
flow: reads
${TOPICS}
on: { topic: in, where: "msg.n[0] > 0" }
steps: [ { emit: out, with: { id: "\${input.id + string(input.n[1])}" } } ]
`;
const OTHER = `flowctl: v1
flow: other
${TOPICS}
on: in
tools: { note: { module: ./t.mjs#note, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: write, idempotency: none } }
steps: [ { tool: note, with: { id: "\${input.id}" } } ]
`;

test("a letter on a topic says whose it is: other flows that read its message leave what is sent again", async () => {
  const cwd = folderWith({ "reads.yaml": PURE, "other.yaml": OTHER, "t.mjs": "export const note = (input) => input;\n" });
  // The one makes `where` fail, the other the run of a pure flow, which no store has.
  expect((await flowctl(["run", ".", "-i", 'in=[{ "id": "a", "n": [] }, { "id": "b", "n": [1] }]'], { cwd })).status).toBe(1);
  const runsOf = async (flow: string): Promise<number> => JSON.parse((await flowctl(["runs", "list", "--flow", flow, "-o", "json"], { cwd })).stdout).length;
  expect(await runsOf("other")).toBe(2);
  const redriven = await flowctl(["dlq", "redrive", "--flow", "reads", "--yes"], { cwd });
  expect(redriven.stdout.split("\n").filter((line) => line.endsWith("its message is on in again"))).toHaveLength(2);
  expect((await flowctl(["run", ".", "-i", 'in={ "id": "c", "n": [1, 2] }'], { cwd })).status).toBe(1);
  expect(await runsOf("other")).toBe(3);
  const letters = jsonLines<{ headers: Record<string, string>; message: { redrives: number } }>((await flowctl(["topics", "tail", "in.dlq", "-o", "json"], { cwd })).stdout);
  expect(letters.map(({ headers, message }) => `${headers["flowctl-letter-of"]} ${message.redrives}`).toSorted()).toEqual(["reads 0", "reads 0", "reads 1", "reads 1"]);
});
