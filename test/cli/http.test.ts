import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { serving, type Serving, untilPrints } from "../support/serving.js";

const root = mkdtempSync(join(tmpdir(), "flowctl-http-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A read that ends when the file `go` is there. */
const TOOLS = `import { existsSync } from "node:fs";
export async function work(input) {
  while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));
  return { id: input.id, by: process.pid };
}
`;
const FLOW = `flowctl: v1
flow: orders
tools: { work: { module: ./tools.mjs#work, input: { fields: { id: string } }, output: { fields: { id: string, by: number } }, effect: read } }
on: { http: { method: POST, path: /orders } }
input: { fields: { id: string } }
steps: [ { tool: work } ]
`;

function folder(name: string): string {
  const path = mkdtempSync(join(root, name));
  writeFileSync(join(path, "tools.mjs"), TOOLS);
  writeFileSync(join(path, "flow.yaml"), FLOW);
  writeFileSync(join(path, "flowctl.yaml"), 'http: { listen: "127.0.0.1:0" }\n');
  return path;
}
async function addressOf(process: Serving): Promise<string> {
  await process.says("requests at ");
  await process.says("POST /orders starts `orders`");
  return /requests at (\S+)/.exec(process.stderr())?.[1] ?? "";
}
const post = (address: string, id: string, key: string): Promise<Response> => fetch(`${address}/orders`, { method: "POST", body: JSON.stringify({ id }), headers: { "content-type": "application/json", "idempotency-key": key } });

test("kill -9 between admission and answer: the run goes on, and the same key gets its answer", { timeout: 120_000 }, async () => {
  const cwd = folder("kill-");
  const first = await serving(cwd);
  const lost = post(await addressOf(first), "o1", "k1").catch(() => "cut off");
  const { stdout } = await untilPrints(["runs", "list", "--state", "running", "-o", "json"], cwd, (result) => result.stdout.includes("\"run\""));
  const [open] = JSON.parse(stdout);
  await first.kill();
  expect(await lost).toBe("cut off");
  writeFileSync(join(cwd, "go"), "");
  await using second = await serving(cwd);
  const answer = await post(await addressOf(second), "o1", "k1");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("flowctl-run")).toBe(open.run);
  expect(await answer.json()).toEqual({ id: "o1", by: second.pid });
  expect(JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout)).toHaveLength(1);
  expect((await flowctl(["runs", "list"], { cwd })).stdout).toMatch(/FROM\s[^]*POST \/orders/);
  expect((await flowctl(["runs", "show", open.run], { cwd })).stdout).toContain("POST /orders, key k1");
  expect(await second.terminate()).toBe(0);
});

test("SIGTERM: what is under way is answered, and the address is free", { timeout: 120_000 }, async () => {
  const cwd = folder("term-");
  const process = await serving(cwd);
  const address = await addressOf(process);
  const asked = post(address, "o1", "k1");
  await untilPrints(["runs", "list", "--state", "running", "-o", "json"], cwd, (result) => result.stdout.includes("\"run\""));
  const ended = process.terminate();
  await process.says("stopping");
  writeFileSync(join(cwd, "go"), "");
  expect((await asked).status).toBe(200);
  expect(await ended).toBe(0);
  await expect(post(address, "o1", "k1")).rejects.toThrow();
});

test("runs purge erases what came with a key; the key is spent", { timeout: 120_000 }, async () => {
  const cwd = folder("purge-");
  writeFileSync(join(cwd, "go"), "");
  await using process = await serving(cwd);
  const address = await addressOf(process);
  expect((await post(address, "ann", "k1")).status).toBe(200);
  expect((await post(address, "bob", "k2")).status).toBe(200);
  expect((await flowctl(["runs", "purge", "--key", "k1", "--flow", "orders", "--yes"], { cwd })).stdout).toContain("erased 1 run");
  expect((await post(address, "ann", "k1")).status).toBe(410);
  expect((await post(address, "bob", "k2")).status).toBe(200);
});

test("plan and graph say what starts the flow", async () => {
  const cwd = folder("plan-");
  expect(JSON.parse((await flowctl(["plan", "flow.yaml", "-o", "json"], { cwd })).stdout)).toMatchObject({ reads: [], schedules: [], answers: ["POST /orders"] });
  writeFileSync(join(cwd, "flow.yaml"), FLOW.replace(/on: .*/, 'on: { schedule: "0 6 * * *", zone: Europe/Berlin, with: { id: "${msg.time}" } }'));
  const { schedules } = JSON.parse((await flowctl(["plan", "flow.yaml", "-o", "json"], { cwd })).stdout);
  expect(schedules).toMatchObject([{ cron: "0 6 * * *", zone: "Europe/Berlin" }]);
  expect(schedules[0].next.map((at: string) => new Date(at) > new Date())).toEqual([true, true, true]);
  expect((await flowctl(["graph", "flow.yaml"], { cwd })).stdout).toContain("◆ 0 6 * * * in Europe/Berlin");
});

test("run -i answers no requests, and takes no port", async () => {
  const cwd = folder("feed-");
  writeFileSync(join(cwd, "go"), "");
  const { status, stdout, stderr } = await flowctl(["run", "flow.yaml", "-i", '{ "id": "o1" }', "--set", "http.listen=127.0.0.1:1"], { cwd });
  expect({ status, stderr: stderr.includes("requests at") }).toEqual({ status: 0, stderr: false });
  expect(JSON.parse(stdout)).toMatchObject({ status: "completed", output: { id: "o1" } });
});

test("an address that cannot be listened at is exit 3; one that others can reach is a warning", async () => {
  const cwd = folder("taken-");
  const taken = await flowctl(["run", "flow.yaml", "--set", "http.listen=192.0.2.1:8480"], { cwd });
  expect(taken.status).toBe(3);
  expect(taken.stderr).toContain("FC6031");
  const checked = await flowctl(["validate", "flow.yaml", "--set", "http.listen=0.0.0.0:8480"], { cwd });
  expect({ status: checked.status, warns: `${checked.stdout}${checked.stderr}`.includes("FC6032") }).toEqual({ status: 0, warns: true });
});
