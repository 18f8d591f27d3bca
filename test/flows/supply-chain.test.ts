import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { startServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";

const OFFLINE = ["--profile", "offline", "--fresh"];

/** The rule of the detector, said once more. */
const runsOut = ({ qty, sales_rate }: { readonly qty: number; readonly sales_rate: number }): boolean => (qty / sales_rate) * 60 < 30;

test("10,000 sales give exactly the expected alarms and one booking for each", async () => {
  await using server = await startServer("demo-server");
  const sales = execFileSync(process.execPath, ["flows/supply-chain/data/generate.mjs", "--seed", "11", "--events", "10000"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 });
  const expected = new Set(
    sales.trimEnd().split("\n").flatMap((line) => {
      const sale: { id: string; qty: number; sales_rate: number } = JSON.parse(line);
      return runsOut(sale) ? [sale.id] : [];
    }),
  );
  expect(expected.size).toBeGreaterThan(20);

  const { status, stdout, stderr } = await flowctl(["run", "flows/supply-chain", "-i", "sales=-", "--fresh", "--all-topics", "-o", "json", ...OFFLINE], { input: sales, env: { LOGISTICS_URL: server.url } });
  expect(status).toBe(0);
  const lines = jsonLines<{ topic: string; message: Record<string, unknown> }>(stdout);
  const on = (topic: string): Record<string, unknown>[] => lines.filter((line) => line.topic === topic).map(({ message }) => message);
  expect(on("high-risk").map(({ id }) => String(id)).toSorted()).toEqual([...expected].toSorted());
  expect(new Set(on("redistribution-plans").map(({ id }) => id))).toEqual(new Set([...expected].map((id) => `plan-${id}`)));
  expect(on("dispatched")).toHaveLength(expected.size);
  expect(jsonLines(stderr)).toEqual([expect.objectContaining({ messages: 10_000 + 2 * expected.size, filtered: 10_000 - expected.size, runs: 3 * expected.size, failed: 0, dlq: 0, modelCalls: 2 * expected.size })]);

  const booked: unknown = await (await fetch(`${server.url}/dispatches`)).json();
  const plans = (Array.isArray(booked) ? booked : []).map(({ plan }: { plan: string }) => plan);
  expect(plans.toSorted()).toEqual([...expected].map((id) => `plan-${id}`).toSorted());
});

test("the default profile asks a real endpoint: the planner over HTTP, its tool, its answer", async () => {
  await using logistics = await startServer("demo-server");
  await using models = await startServer("model-server");
  const answer = { from: "ams", units: 5, why: "It is near." };
  await fetch(`${models.url}/control/gpt-4o-mini`, {
    method: "PUT",
    body: JSON.stringify([{ tools: [{ name: "spare_units", args: { sku: "kettle", site: "ber" } }] }, { text: JSON.stringify(answer) }]),
  });
  const alarm = { id: "a1", sku: "kettle", site: "ber", qty: 1, sales_rate: 10, minutes_left: 6 };
  // The demo's server is on a private address, which only the profile `offline` allows by itself.
  const { status, stdout, stderr } = await flowctl(["run", "flows/supply-chain", "-i", `high-risk=${JSON.stringify(alarm)}`, "--all-topics", "--set", "network.allow=[127.0.0.1]", "--fresh"], {
    env: { LOGISTICS_URL: logistics.url, OPENAI_BASE_URL: `${models.url}/v1`, OPENAI_API_KEY: "dummy-key-0001" },
  });
  expect(status).toBe(0);
  expect(jsonLines(stdout)).toEqual([
    expect.objectContaining({ topic: "redistribution-plans", message: { id: "plan-a1", sku: "kettle", to: "ber", ...answer } }),
    expect.objectContaining({ topic: "dispatched", message: { plan: "plan-a1", booking: "bk-1", eta_minutes: expect.any(Number) } }),
  ]);
  expect(stdout + stderr).not.toContain("dummy-key");
  const seen: { calls: { messages: { role: string }[] }[]; auth: string[] } = JSON.parse(await (await fetch(`${models.url}/control/gpt-4o-mini`)).text());
  expect(seen.auth).toEqual(["Bearer dummy-key-0001", "Bearer dummy-key-0001"]);
  expect(seen.calls[1]?.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool"]);
});
