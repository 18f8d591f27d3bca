import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics:
  in: { message: { fields: { n: integer } } }
  asked: { message: { fields: { n: integer } } }
  given: { message: { fields: { price: number } } }
tools:
  quote: { request: { topic: asked, reply: given, timeout: 1h }, input: { fields: { n: integer } }, output: { fields: { price: number } } }
on: in
steps:
  - { id: got, tool: quote, with: "\${input}" }
value: "\${steps.got.price}"
`;

test("an answer that comes while it is uncertain whose the shard is, to a request that an earlier process may have sent, is the request's", async () => {
  const { store: shared } = lease(createMemoryStore());
  const { sharing } = shared;
  if (sharing === undefined) throw new Error("it is shared");
  let gate = Promise.resolve();
  const store: Store = { ...shared, sharing: { ...sharing, renew: async (...of) => (await gate, sharing.renew(...of)) } };
  const { runtime, clock, send, readDeliveries } = world(FLOW, {}, { store });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
  };
  await runtime.start();
  await pass(3_000);
  const renews = Promise.withResolvers<void>();
  gate = renews.promise;
  await pass(9_000);
  await send("in", [{ n: 1 }]);
  await pass(3_000);
  const run = (await store.runs({ limit: 1 }))[0]?.run ?? "";
  const events: RunEvent[] = [];
  for await (const event of store.read(run, 0)) events.push(event);
  const [intent] = events.flatMap(({ type, data }) => (type === "step.started" ? [data] : []));
  await send("given", [{ price: 7 }], { headers: { "flowctl-correlation-id": `${run}/${intent?.key}` } });
  await pass(3_000);
  renews.resolve();
  await pass(3_000);
  expect(await store.run(run)).toMatchObject({ status: "completed" });
  expect(await readDeliveries("asked")).toEqual([]);
  await runtime.close();
});

const ASK = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } } }
on: in
steps:
  - { id: ok, ask: { question: "ok?", output: boolean } }
`;

test("an answer that is refused as its shard goes, and is put down when that has come back, is the run's", async () => {
  const { at, store: shared } = lease(createMemoryStore());
  const [committing, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const store: Store = {
    ...shared,
    async commit(items) {
      if (items.some(({ events }) => events.some(({ type }) => type === "signal.received"))) {
        committing.resolve();
        await held.promise;
      }
      return shared.commit(items);
    },
  };
  const { runtime, clock, send } = world(ASK, {}, { store });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
  };
  await runtime.start();
  await pass(3_000);
  await send("in", [{ n: 1 }]);
  await pass(3_000);
  const run = (await store.runs({ limit: 1 }))[0]?.run ?? "";
  const told = runtime.request({ id: "a", run, at: 0, by: "ann", request: { kind: "answer", path: "ok", payload: true } });
  await committing.promise;
  at.lose = true;
  await pass(3_000);
  held.resolve();
  await pass(1_000);
  expect(await told).toEqual({ is: "accepted" });
  await pass(3_000);
  expect(await store.run(run)).toMatchObject({ status: "completed" });
  expect(await store.inbox(shardOf(run), 9)).toEqual([]);
  await runtime.close();
});
