import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import type { Bus } from "../../../src/core/ports/bus.js";
import { loadFlows, world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

const FLOW = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: { message: In } }
on: { topic: in }
steps: [ { emit: out, with: "\${input}" } ]
`;

/** A bus whose acknowledgements take as long as somebody wants. */
function slowAcks() {
  const clock = virtualClock();
  const inner = createMemoryBus(clock);
  const published: string[] = [];
  const waiting: (() => void)[] = [];
  const bus: Bus = {
    ...inner,
    async publish(messages) {
      published.push(...messages.map(({ id, body }) => (id === "" ? "" : String(body))));
      await inner.publish(messages);
    },
    async subscribe(options) {
      const made = await inner.subscribe(options);
      return {
        ...made,
        async ack(deliveries) {
          await new Promise<void>((resolve) => waiting.push(resolve));
          await made.ack(deliveries);
        },
      };
    },
  };
  return { clock, published, waiting, p: world(FLOW, {}, { clock, keepBus: inner, bus: () => bus }) };
}
const body = (id: string): string => JSON.stringify({ id });

test("pure batches are published while the broker acknowledges those before them, and no more than 8,192 messages", async () => {
  const { clock, published, waiting, p } = slowAcks();
  await p.runtime.start();
  const batches = Array.from({ length: 11 }, (_, batch) => Array.from({ length: 1024 }, (_one, at) => `m${batch}.${at}`));
  for (const ids of batches) {
    await p.send("in", ids.map((id) => ({ id })));
    await clock.advance(10);
  }
  // A batch takes some turns: as many as all of them would need.
  await turns(500);
  expect(published).toEqual(batches.slice(0, 8).flat().map(body));
  expect(waiting).toHaveLength(8);
  // Any of them makes room.
  waiting.splice(3, 1)[0]?.();
  await turns(500);
  expect(published).toEqual(batches.slice(0, 9).flat().map(body));
  while (waiting.length > 0) {
    waiting.shift()?.();
    await clock.advance(10);
  }
  await p.settle();
  expect(published).toEqual(batches.flat().map(body));
  await p.runtime.close();
});

test("batches of one message are many before the broker has acknowledged any", async () => {
  const { clock, published, waiting, p } = slowAcks();
  await p.runtime.start();
  const ids = Array.from({ length: 40 }, (_, at) => `m${at}`);
  for (const id of ids) {
    await p.send("in", [{ id }]);
    await clock.advance(10);
  }
  expect(waiting).toHaveLength(40);
  expect(published).toEqual(ids.map(body));
  for (const one of waiting) one();
  await p.settle();
  await p.runtime.close();
});

test("a runtime that closes waits for the acknowledgement: what is done does not come again", async () => {
  const { clock, published, waiting, p } = slowAcks();
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await clock.advance(10);
  const closing = p.runtime.close();
  await clock.advance(10);
  expect(waiting).toHaveLength(1);
  waiting.shift()?.();
  await closing;
  const again = world(FLOW, {}, { clock, keepBus: p.bus });
  await again.runtime.start();
  await again.settle();
  expect(published).toEqual([body("a")]);
  expect(again.runtime.stats().messages).toBe(0);
  await again.runtime.close();
});

/** A bus whose publications end when and as somebody wants. */
function slowPublications() {
  const clock = virtualClock();
  const inner = createMemoryBus(clock);
  const published: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const bus: Bus = {
    ...inner,
    async publish(messages) {
      if (messages.every(({ topic }) => topic === "in")) return inner.publish(messages);
      published.push(...messages.map(({ body }) => String(body)));
      const turn = Promise.withResolvers<void>();
      waiting.push(turn);
      await turn.promise;
      await inner.publish(messages);
    },
  };
  return { clock, published, waiting, world: (flow: string) => world(flow, {}, { clock, keepBus: inner, bus: () => bus }) };
}

/** `b` is read and run while `a` is being published. */
async function twoRead() {
  const { clock, published, waiting, world: at } = slowPublications();
  const p = at(FLOW);
  await p.runtime.start();
  for (const id of ["a", "b"]) {
    await p.send("in", [{ id }]);
    await clock.advance(10);
  }
  expect(published).toEqual([body("a")]);
  return { clock, published, waiting, at, p };
}

test("a message whose key is about to be committed is a duplicate (I17)", async () => {
  const { clock, published, waiting, world: at } = slowPublications();
  const p = at(FLOW.replace("on: { topic: in }", "on: { topic: in, dedupe: { key: msg.id, ttl: 1h } }"));
  await p.runtime.start();
  for (const id of ["a", "a", "b"]) {
    await p.send("in", [{ id }]);
    await clock.advance(10);
  }
  expect(published).toEqual([body("a")]);
  expect(p.runtime.stats()).toMatchObject({ duplicates: 1, runs: 1 });
  waiting.shift()?.resolve();
  await clock.advance(10);
  expect(published).toEqual([body("a"), body("b")]);
  waiting.shift()?.resolve();
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ messages: 3, duplicates: 1, runs: 2 });
  await p.runtime.close();
});

test("what was not published when a runtime closes is not overtaken: all of it comes again, in order", async () => {
  const { clock, published, waiting, at, p } = await twoRead();
  const closing = p.runtime.close();
  await clock.advance(10);
  waiting.shift()?.reject(new Error("the broker is away"));
  await clock.advance(10);
  await closing;
  expect(published).toEqual([body("a")]);
  const again = at(FLOW);
  await again.runtime.start();
  while ((await Promise.race([again.settle().then(() => "settled"), clock.advance(10)])) !== "settled") waiting.shift()?.resolve();
  expect(published).toEqual([body("a"), body("a"), body("b")]);
  expect(again.runtime.stats().messages).toBe(2);
  await again.runtime.close();
});

test("behind a publication that met a fault nothing is published", async () => {
  const { clock, published, waiting, p } = await twoRead();
  waiting.shift()?.reject(new TypeError("a fault of ours"));
  await expect(p.runtime.broken).rejects.toThrow("a fault of ours");
  await clock.advance(10);
  expect(published).toEqual([body("a")]);
  await p.runtime.close();
});

test("what an older version had read when another one takes its place is the next one's to publish", async () => {
  const { clock, published, waiting, p } = await twoRead();
  const [next] = loadFlows(FLOW.replace("\"${input}\"", "{ id: \"new ${input.id}\" }"));
  if (next === undefined) throw new Error("it compiles");
  const replaced = p.runtime.replace(next);
  await clock.advance(10);
  waiting.shift()?.resolve();
  await clock.advance(10);
  await replaced;
  await clock.advance(10);
  expect(published).toEqual([body("a"), body("new b")]);
  waiting.shift()?.resolve();
  await p.settle();
  await p.runtime.close();
});
