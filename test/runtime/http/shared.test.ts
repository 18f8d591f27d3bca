import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { lease } from "../../support/lease.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { served } from "./http-world.js";

const FLOW = `flowctl: v1
flow: f
tools: { slow: { module: ./tools.ts#slow, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: read } }
on: { http: { method: POST, path: /orders } }
input: { fields: { id: string } }
steps:
  - { id: a, tool: slow, with: "\${input}" }
`;

test("a request that is repeated at another process has the answer of its run, which that one does not drive (I17)", async () => {
  const inner = createMemoryStore();
  const clock = virtualClock();
  const began = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<{ readonly id: string }>();
  const one = await served(FLOW, {
    slow: () => {
      began.resolve();
      return slow.promise;
    },
  }, { store: inner, clock });
  const { at, store } = lease(inner);
  at.others = true;
  const two = await served(FLOW, {}, { store, clock, seed: 9 });
  const key = { "idempotency-key": "k" };
  const first = one.request("POST", "/orders", { id: "o1" }, key);
  await began.promise;
  let answered = false;
  const again = two.request("POST", "/orders", { id: "o1" }, key).finally(() => (answered = true));
  await clock.advance(500);
  slow.resolve({ id: "o1" });
  expect(await first).toMatchObject({ status: 200, body: { id: "o1" } });
  for (let passed = 0; passed < 5_000 && !answered; passed += 1) await clock.advance(1);
  expect(answered).toBe(true);
  expect(await again).toMatchObject({ status: 200, body: { id: "o1" }, run: (await first).run });
  const closed = Promise.all([one.world.runtime.close(), two.world.runtime.close()]);
  await clock.advance(12_000);
  await closed;
});

test("a request that comes as its process has lost its shards, and does not know, is told to come again", async () => {
  const { at, store } = lease(createMemoryStore());
  const clock = virtualClock();
  const door = await served(FLOW, { slow: (input) => input }, { store, clock });
  await clock.advance(3_000);
  at.takenOver();
  let answered = false;
  const asked = door.request("POST", "/orders", { id: "o1" }).finally(() => (answered = true));
  for (let passed = 0; passed < 20_000 && !answered; passed += 100) await clock.advance(100);
  expect(answered).toBe(true);
  expect(await asked).toMatchObject({ status: 503 });
  expect(await store.runs({ limit: 9 })).toEqual([]);
  const closed = door.world.runtime.close();
  await clock.advance(12_000);
  await closed;
});
