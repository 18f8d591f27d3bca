import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { type World, world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

const flow = (steps: string, more = "", tool = "effect: write, idempotency: key"): string => `
flowctl: v1
flow: f
types: { In: { fields: { id: string, n: integer } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, ${tool} } }
on: { topic: in, dedupe: { key: msg.id, ttl: 24h }, concurrency: 1 }
${more}
steps:
${steps}
`;
const CALL = '  - { id: a, tool: r, with: "${input}" }';

/** Answers its input, and counts. */
function counting() {
  const calls: Json[] = [];
  return { calls, tools: { r: (input: Json): Json => (calls.push(input), input) } };
}

const send = (w: World, ...ids: readonly string[]): Promise<void> => w.send("in", ids.map((id) => ({ id, n: 1 })));

async function pass(w: World, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 100) await w.clock.advance(100);
}

describe("what a run of a message does before its admission is durable", () => {
  test("one that fails, and whose message had a run before, leaves no dead letter", async () => {
    const store = createMemoryStore();
    const { calls, tools } = counting();
    const w = world(flow(`  - { id: s, set: { x: "\${10 / input.n}" } }\n${CALL}`), tools, { store });
    await w.runtime.start();
    await send(w, "a");
    await w.settle();
    await w.send("in", [{ id: "a", n: 0 }]);
    await w.settle();
    expect(w.runtime.stats()).toMatchObject({ completed: 1, failed: 0, duplicates: 1 });
    expect(await store.deadLetters({ limit: 9 })).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  test("it reads where its message is surely new, so that one which only reads is one commit; a write waits (I4)", async () => {
    const READ = "effect: read";
    const WRITE = "effect: write, idempotency: key";
    const once = (text: string): string => text.replace(", dedupe: { key: msg.id, ttl: 24h }", "");
    for (const [text, headers, before] of [[once(flow(CALL, "", READ)), {}, 1], [once(flow(CALL, "", READ)), { "flowctl-id": "x" }, 0], [flow(CALL, "", READ), {}, 0], [once(flow(CALL.replace("tool: r", "tool: r, policy: p"), "policies: { p: { rate: { max: 2, window: 1h } } }", READ)), {}, 0], [once(flow(CALL, "", WRITE)), {}, 0]] as const) {
      const inner = createMemoryStore();
      const opened = Promise.withResolvers<void>();
      let committed = 0;
      const store: Store = {
        ...inner,
        async commit(list) {
          await opened.promise;
          committed += list.length;
          return await inner.commit(list);
        },
      };
      const { calls, tools } = counting();
      const w = world(text, tools, { store });
      await w.runtime.start();
      await w.bus.publish([{ topic: "in", key: null, id: "", headers, body: '{"id":"a","n":1}' }]);
      await turns(20);
      expect(calls).toHaveLength(before);
      opened.resolve();
      await w.settle();
      expect([calls.length, committed, w.runtime.stats().completed]).toEqual([1, before === 1 ? 1 : 2, 1]);
    }
  });

  test("a read's time limit begins with the read, so that a store that is away fails nothing", async () => {
    const inner = createMemoryStore();
    let away = false;
    const store: Store = { ...inner, commit: (items) => (away ? Promise.reject(new Error("away")) : inner.commit(items)) };
    const { calls, tools } = counting();
    const w = world(flow(CALL.replace("tool: r", "tool: r, policy: p"), "policies: { p: { timeout: 1s, breaker: { failures: 1, reset: 1m } } }", "effect: read"), tools, { store });
    await w.runtime.start();
    away = true;
    await send(w, "a");
    await pass(w, 5_000);
    away = false;
    await w.settle();
    expect(w.runtime.stats()).toMatchObject({ completed: 1, failed: 0 });
    expect(calls).toHaveLength(1);
  });

  test("a message that comes again takes nothing from a rate, and no place for good", async () => {
    for (const policy of ["rate: { max: 2, window: 1h }", "concurrency: 1"]) {
      const { calls, tools } = counting();
      const w = world(flow(CALL.replace("tool: r", "tool: r, policy: p"), `policies: { p: { ${policy} } }`), tools);
      await w.runtime.start();
      await send(w, "a");
      await w.settle();
      for (let times = 0; times < 5; times += 1) await send(w, "a");
      await send(w, "b");
      await pass(w, 1_000);
      expect(calls).toHaveLength(2);
    }
  });

  test("and holds nothing back from a budget over runs", async () => {
    const agent = flow('  - { agent: ag, with: "${input}" }', "models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }\nagents: { ag: { model: m, instructions: x, input: In } }\nbudget: { tokens: 1000, per: day }");
    const w = world(agent, {}, { model: async () => ({ complete: async () => ({ text: "ok", toolCalls: [], usage: { in: 1, out: 1 }, finish: "stop" as const }) }) });
    await w.runtime.start();
    for (let times = 0; times < 20; times += 1) {
      await send(w, "a");
      await w.settle();
    }
    await send(w, "b");
    await w.settle();
    expect(w.runtime.stats()).toMatchObject({ completed: 2, failed: 0, duplicates: 19 });
  });
});

describe("shards that go and come back while admissions are under way", () => {
  for (const how of ["hangs", "fails"]) {
    test(`their runs are driven all the same, where the store ${how} meanwhile`, async () => {
      const inner = createMemoryStore();
      const { at, store: shared } = lease(inner);
      let gate: Promise<void> | null = null;
      let away = false;
      const store: Store = {
        ...shared,
        async commit(items) {
          await gate;
          if (away) throw new Error("away");
          return shared.commit(items);
        },
      };
      const { calls, tools } = counting();
      const w = world(flow(CALL), tools, { store });
      await w.runtime.start();
      await pass(w, 3_000);
      const opened = Promise.withResolvers<void>();
      if (how === "hangs") gate = opened.promise;
      else away = true;
      await send(w, "one", "two", "three");
      await turns(5);
      at.lose = true;
      await pass(w, 5_000);
      away = false;
      opened.resolve();
      gate = null;
      await pass(w, 60_000);
      expect(at.epoch).toBeGreaterThan(1);
      expect(calls).toHaveLength(3);
      expect((await store.runs({ limit: 9 })).map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
      await w.runtime.close();
    });
  }
});

test("I13: a run whose time is over while its message comes once more goes on as soon as that is found out", async () => {
  const inner = createMemoryStore();
  const text = `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } } } }
on: in
steps: [ { wait: 5m } ]
`;
  const clock = virtualClock();
  const gate = Promise.withResolvers<void>();
  let again = false;
  const store: Store = {
    ...inner,
    async commit(items) {
      if (again && items.some(({ expectedSeq }) => expectedSeq < 0)) await gate.promise;
      return await inner.commit(items);
    },
  };
  const first = world(text, {}, { store, clock });
  await first.runtime.start();
  await first.send("in", [{ id: "a" }], { headers: { "flowctl-id": "a" } });
  await clock.advance(1_000);
  const closing = first.runtime.close();
  await clock.advance(10_000);
  await closing;
  const second = world(text, {}, { store, clock, seed: 2 });
  await second.runtime.start();
  await clock.advance(280_000);
  again = true;
  await second.send("in", [{ id: "a" }], { headers: { "flowctl-id": "a" } });
  await clock.advance(20_000);
  expect((await inner.runs({ limit: 9 })).map(({ status }) => status)).toEqual([null]);
  gate.resolve();
  await clock.advance(500);
  expect((await inner.runs({ limit: 9 })).map(({ status }) => status)).toEqual(["completed"]);
});
