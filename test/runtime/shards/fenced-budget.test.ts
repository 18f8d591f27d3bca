import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } } }
on: in
input: { fields: { n: integer } }
models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }
agents: { a: { model: m, instructions: "x", input: { fields: { n: integer } } } }
budget: { tokens: 500, per: day }
steps: [ { agent: a, with: { n: "\${input.n}" } } ]
`;

test("I36: a run whose shard is another process's when it asks for its budget calls no model, and goes on there", async () => {
  const { store: shared } = lease(createMemoryStore());
  const { sharing } = shared;
  if (sharing === undefined) throw new Error("it is shared");
  const asked: string[] = [];
  const store: Store = { ...shared, sharing: { ...sharing, reserve: async ({ run }) => (asked.push(run), "fenced") } };
  let calls = 0;
  const w = world(FLOW, {}, { store, model: async () => ({ complete: async () => ((calls += 1), { text: "ok", toolCalls: [], usage: { in: 0, out: 10 }, finish: "stop" as const }) }) });
  await w.runtime.start();
  await w.clock.advance(3_000);
  await w.send("in", [{ n: 1 }]);
  await w.clock.advance(1_000);
  expect(asked).toHaveLength(1);
  expect(calls).toBe(0);
  expect(await store.runs({ limit: 9 })).toMatchObject([{ run: asked[0], status: null, waits: [] }]);
  await w.runtime.close();
});
