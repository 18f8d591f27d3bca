import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOWS = `flowctl: v1
flow: keep
on: { manual: {} }
input: { fields: { id: string, v: number } }
tables: { amounts: { value: { fields: { v: number } }, ttl: 24h } }
steps: [ { put: amounts, key: "\${input.id}", with: { v: "\${input.v}" } } ]
---
flowctl: v1
flow: locked
on: { manual: {} }
input: string
lock: input
steps: [ { id: ok, ask: { question: Well?, output: string } } ]
`;

test("tables list and get, as text and as JSON; what is not there is exit 1", async () => {
  const cwd = folderWith({ "f.yaml": FLOWS });
  const rows = ["b", "a", "c"].map((id, v) => ({ id, v }));
  expect((await flowctl(["run", "f.yaml#keep", "-i", JSON.stringify(rows)], { cwd })).status).toBe(0);
  expect((await flowctl(["tables", "list"], { cwd })).stdout).toBe("TABLE    ROWS\namounts  3\n");
  const listed = JSON.parse((await flowctl(["tables", "list", "amounts", "-o", "json", "--after", "a", "--limit", "1"], { cwd })).stdout);
  expect(listed).toEqual([{ key: "b", value: { v: 0 }, at: expect.any(Number), until: expect.any(Number) }]);
  expect(listed[0].until - listed[0].at).toBe(86_400_000);
  expect((await flowctl(["tables", "list", "amounts"], { cwd })).stdout).toMatch(/^KEY  PUT +UNTIL +VALUE\na .*\{"v":1\}\nb .*\nc .*\n$/);
  expect((await flowctl(["tables", "get", "amounts", "c"], { cwd })).stdout).toBe('{\n  "v": 2\n}\n');
  const missing = await flowctl(["tables", "get", "amounts", "d"], { cwd });
  expect(missing).toMatchObject({ status: 1, stdout: "" });
  expect((await flowctl(["tables", "list", "amuonts"], { cwd })).stderr).toContain("did you mean `amounts`?");
  expect((await flowctl(["doctor"], { cwd })).stdout).toContain("3 rows: flowctl tables list");
});

test("runs show says which run has the lock that one waits for", async () => {
  const cwd = folderWith({ "f.yaml": FLOWS });
  expect((await flowctl(["run", "f.yaml#locked", "-i", '["x", "x"]'], { cwd })).status).toBe(4);
  const runs: readonly { readonly run: string; readonly waits: readonly { readonly kind: string }[] }[] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  const [waiting, holder] = [runs.find(({ waits }) => waits[0]?.kind === "lock")?.run ?? "", runs.find(({ waits }) => waits[0]?.kind === "ask")?.run ?? ""];
  expect((await flowctl(["runs", "show", waiting], { cwd })).stdout).toContain(`the run waits for the lock x, which ${holder} has`);
  expect(JSON.parse((await flowctl(["runs", "show", waiting, "-o", "json"], { cwd })).stdout).waits).toEqual([{ kind: "lock", path: "!lock", lock: "x", holder: { run: holder, path: "!lock" } }]);
});
