import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wire } from "../../src/cli/wire.js";
import { compile } from "../../src/compiler/compile.js";
import type { Json } from "../../src/core/json.js";
import { startServer } from "../servers/start.js";

/** Real flows against a real service and a real model server that misbehave: each ends as its flow says, and nothing hangs. */
let service: Awaited<ReturnType<typeof startServer>>;
let models: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  [service, models] = await Promise.all([startServer("tool-server"), startServer("model-server")]);
});
afterAll(async () => {
  await service.close();
  await models.close();
});

async function run(text: string, input: Json) {
  const { flows, diagnostics } = compile({ entries: [{ path: "test/end-to-end/flow.yaml", text }], read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : null) });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  await using wired = await wire(plans, { folder: ".", allow: [new URL(service.url).host] });
  await wired.runtime.start();
  return await wired.runtime.manual(plans[0]?.id ?? "", input);
}

const tool = (what: string, more: string, step = "") => `flowctl: v1
flow: f
policies:
  quick: { timeout: 300ms, retry: { max: 3, backoff: constant, initial: 5ms, on: [timeout, unavailable, rate_limit] } }
  patient: { timeout: 60s, retry: { max: 3, backoff: constant, initial: 5ms, on: [timeout, unavailable, rate_limit] } }
  once: { timeout: 300ms }
tools:
  t: { http: { method: ${more.includes("read") ? "GET" : "POST"}, url: "${service.url}/effect/${what}" }, input: { fields: { id: string } }, output: { type: object, required: [id], properties: { id: { type: string } } }, ${more} }
on: { manual: {} }
input: { fields: { id: string } }
steps: [ { id: s, tool: t, with: { id: "\${input.id}" }${step} } ]
`;
const ledger = async (): Promise<{ applied: Record<string, { count: number; calls: number }> }> => JSON.parse(await (await fetch(`${service.url}/ledger`)).text());

describe("an HTTP tool", () => {
  test.each([
    ["hangs", "hang", "timeout"],
    ["is reset", "reset", "unavailable"],
    ["answers 500", "500", "unavailable"],
    ["answers 10 MB", "big", "limit"],
    ["answers no JSON", "notjson", "invalid_output"],
    ["answers 400", "400", "refused"],
    ["is cut in its body", "cut", "unavailable"],
  ])("that %s ends the run as failed", async (_name, what, code) => {
    // Only what never answers is meant to reach its time.
    const report = await run(tool(what, "effect: read", `, policy: ${code === "timeout" ? "quick" : "patient"}`), { id: "a" });
    expect(report).toMatchObject({ status: "failed", error: { code, step: "s" } });
  });

  test("that redirects to a private address is not followed there", async () => {
    const report = await run(tool(`redirect?to=${encodeURIComponent("http://127.0.0.1:1/secret")}`, "effect: read", ", policy: once"), { id: "a" });
    expect(report).toMatchObject({ status: "failed" });
    expect(report.error?.message).toMatch(/private/);
  });

  test("that is reset twice is called again with the same key, and applied once", async () => {
    await fetch(`${service.url}/ledger`, { method: "DELETE" });
    const report = await run(tool("reset-2", "effect: write, idempotency: header", ", policy: quick"), { id: "a" });
    expect(report.status).toBe("completed");
    expect(Object.values((await ledger()).applied)).toMatchObject([{ count: 1, calls: 3 }]);
  });

  test("that hangs on a write without a key stops the run as an incident: nobody knows what happened", async () => {
    await fetch(`${service.url}/ledger`, { method: "DELETE" });
    const report = await run(tool("hang", "effect: write", ", policy: once"), { id: "a" });
    expect(report.status).toBe("parked");
    expect(Object.values((await ledger()).applied)).toMatchObject([{ calls: 1 }]);
  });

  test("is caught by its code", async () => {
    const report = await run(tool("500", "effect: read", ', policy: quick, catch: [ { on: [unavailable], do: [], value: { id: caught } } ]'), { id: "a" });
    expect(report).toMatchObject({ status: "completed", output: { id: "caught" } });
  });
});

describe("a module tool", () => {
  const module = (name: string, timeout: string) => `flowctl: v1
flow: f
policies: { once: { timeout: ${timeout} } }
tools: { t: { module: ./modules/bad.mjs#${name}, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: read } }
on: { manual: {} }
input: { fields: { id: string } }
steps: [ { id: s, tool: t, policy: once } ]
`;
  test.each([
    ["throws", "throws", "unavailable"],
    ["never ends", "forever", "timeout"],
    ["computes for ever", "busy", "timeout"],
    ["ends the process", "exits", "unavailable"],
    ["answers something else", "wrong", "invalid_output"],
  ])("that %s ends the run as failed, and flowctl lives", async (_name, name, code) => {
    // Only what never ends is meant to reach its time: a worker thread takes longer than that to begin on a busy machine.
    expect(await run(module(name, code === "timeout" ? "400ms" : "30s"), { id: "a" })).toMatchObject({ status: "failed", error: { code } });
  });
});

describe("a model", () => {
  const agent = (model: string, more = "") => `flowctl: v1
flow: f
models: { m: { provider: openai, model: ${model}, base_url: "${models.url}/v1" } }
policies: { once: { timeout: 3s, retry: { max: 1 } } }
agents: { a: { model: m, instructions: Answer., output: { fields: { n: number } }, repair: 2${more} } }
on: { manual: {} }
input: { fields: { id: string } }
steps: [ { id: s, agent: a, policy: once } ]
`;
  test.each([
    ["answers nonsense for ever", "nonsense", "invalid_output"],
    ["hangs", "hang", "timeout"],
    ["answers 500", "status-500", "unavailable"],
    ["is cut", "cut", "unavailable"],
  ])("that %s ends the run as failed", async (_name, model, code) => {
    expect(await run(agent(model), { id: "a" })).toMatchObject({ status: "failed", error: { code, step: "s" } });
  });
});
