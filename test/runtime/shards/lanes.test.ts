import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import { lease } from "../../support/lease.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";

const flow = (more = "", concurrency = 1): string => `
flowctl: v1
flow: lane
types: { In: { fields: { id: string, key: string } } }
topics: { in: { message: In, key: msg.key }, also: { message: In, key: msg.key } }
tools:
  k: { module: ./tools.ts#k, input: In, output: In, effect: write, idempotency: key }
on:
  - { topic: in, ordering: key, concurrency: ${concurrency} }
  - { topic: also, ordering: key }
input: In
${more}
steps:
  - { id: a, tool: k, with: "\${input}" }
`;
const idOf = (input: Json): string => (typeof input === "object" && input !== null && "id" in input ? String(input.id) : "");
const messages = (...ids: readonly string[]): Json[] => ids.map((id) => ({ id, key: id.charAt(0) }));
const pass = async ({ clock }: World, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
};

test("I18: runs of one key that came by two topics of a flow have their turns", async () => {
  const { store } = lease(createMemoryStore());
  const order: string[] = [];
  const w = world(flow(), { k: (input) => (order.push(idOf(input)), input) }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  await w.send("in", messages("a1", "a2"));
  await w.send("also", messages("a3", "a4"));
  await pass(w, 5_000);
  expect(order.toSorted()).toEqual(["a1", "a2", "a3", "a4"]);
  await w.runtime.close();
});

/** What a process left that was busy with the first of these. */
async function left(ids: readonly string[], store: Store): Promise<void> {
  const w = world(flow(), { k: () => new Promise<never>(() => undefined) }, { store, seed: 7 });
  await w.runtime.start();
  for (const id of ids) {
    await w.send("in", messages(id));
    await pass(w, 100);
  }
  w.runtime.close().catch(() => undefined);
  await pass(w, 6_000);
}

test("I19: runs that waited for their turn when their shards went do not keep this process from reading", async () => {
  const inner = createMemoryStore();
  await left(Array.from({ length: 30 }, (_, at) => `a${at}`), inner);
  const { at, store } = lease(inner);
  const begun: string[] = [];
  const gate = Promise.withResolvers<Json>();
  const w = world(flow("backlog: 10"), { k: (input) => (begun.push(idOf(input)), idOf(input) === "a0" ? gate.promise : input) }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  expect(begun).toEqual(["a0"]);
  at.others = true;
  at.lose = true;
  await pass(w, 3_000);
  const other = world(flow(), { k: (input) => input }, { store: inner, seed: 9 });
  await other.runtime.start();
  await other.settle();
  expect(await inner.counts()).toMatchObject({ running: 0, ended: 30 });
  at.others = false;
  await pass(w, 3_000);
  await w.send("in", messages("b1"));
  await pass(w, 3_000);
  await w.send("in", messages("b2"));
  await pass(w, 3_000);
  expect(begun).toEqual(["a0", "b1", "b2"]);
  gate.resolve(null);
  await w.runtime.close();
});

test("I18: a run that waits for its place while its shard goes and comes back opens its lane at its end", async () => {
  const inner = createMemoryStore();
  await left(["a1", "c1", "b1", "b2"], inner);
  const { at, store } = lease(inner);
  const ended: string[] = [];
  const gate = Promise.withResolvers<void>();
  const k: ToolFake = async (input) => {
    if (!idOf(input).startsWith("b")) await gate.promise;
    await turns(20);
    ended.push(idOf(input));
    return input;
  };
  const w = world(flow("", 2), { k }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  expect(ended).toEqual([]);
  const waits = await inner.laneHead("lane/=b");
  at.keeps = (shard) => shard !== shardOf(waits ?? "");
  at.lose = true;
  await pass(w, 6_000);
  gate.resolve();
  await pass(w, 3_000);
  expect(ended.toSorted()).toEqual(["a1", "b1", "b2", "c1"]);
  await w.runtime.close();
});
