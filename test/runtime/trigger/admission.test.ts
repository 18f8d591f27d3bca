import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Outgoing } from "../../../src/core/ports/bus.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask } from "../live/restart.js";

const FLOW = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: { topic: in }
steps: [ { id: a, tool: r, with: "\${input}" } ]
`;

const message = (id: string): Outgoing => ({ topic: "in", key: null, id, headers: { "flowctl-id": id }, body: JSON.stringify({ id }) });

const WRITES = FLOW.replace("effect: read", "effect: write, idempotency: key");

test("I4: what a run does first is in the item of its admission, and done when that is durable; in a lane its turn comes first", async () => {
  for (const [text, first] of [[WRITES, ["run.admitted", "run.started", "step.started"]], [WRITES.replace("on: { topic: in }", "on: { topic: in, ordering: key }"), ["run.admitted"]]] as const) {
    const inner = createMemoryStore();
    const items: (readonly string[])[] = [];
    let isDurable = false;
    const store: Store = {
      ...inner,
      async commit(all) {
        items.push(...all.map(({ events }) => events.map(({ type }) => type)));
        await turns(3);
        const results = await inner.commit(all);
        isDurable = true;
        return results;
      },
    };
    const seen: boolean[] = [];
    const p = world(text, { r: (input) => (seen.push(isDurable), input) }, { store });
    await p.runtime.start();
    await p.bus.publish([message("new")]);
    await p.settle();
    expect(items[0]).toEqual(first);
    expect(items).toHaveLength(first.length > 1 ? 2 : 3);
    expect(seen).toEqual([true]);
  }
});

test("I17: a message that comes again when its run has ended leaves nothing, and nothing of it is done or seen", async () => {
  const store = createMemoryStore();
  let calls = 0;
  const p = world(WRITES, { r: (input) => ((calls += 1), input) }, { store });
  await p.runtime.start();
  await p.bus.publish([message("one")]);
  await p.settle();
  const before = p.events.length;
  await p.bus.publish([message("one"), message("one")]);
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ runs: 1, completed: 1, duplicates: 2 });
  expect(calls).toBe(1);
  expect(p.events).toHaveLength(before);
});

test("a store that is away while a repetition is looked up: what the same batch admitted runs all the same", async () => {
  const inner = createMemoryStore();
  let away = false;
  const store: Store = {
    ...inner,
    admittedAt: (run) => {
      if (!away) return inner.admittedAt(run);
      away = false;
      return Promise.reject(new Error("the store is away"));
    },
  };
  const p = world(FLOW, { r: (input) => input }, { store });
  await p.runtime.start();
  await p.bus.publish([message("old")]);
  await p.settle();
  away = true;
  await p.bus.publish([message("old"), message("new")]);
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ runs: 2, completed: 2, duplicates: 1 });
  expect(await store.runs({ state: "running", limit: 5 })).toEqual([]);
});

test("I13: a request to a run that is durable, and of whose admission its process has not heard, is a turn of that run", async () => {
  const inner = createMemoryStore();
  const answers: Promise<unknown>[] = [];
  const store: Store = {
    ...inner,
    async commit(items) {
      const results = await inner.commit(items);
      const last = items.at(-1);
      if (last?.events[0]?.type === "run.admitted") {
        answers.push(ask(p, last.run, { kind: "cancel" }));
        await turns(5);
      }
      return results;
    },
  };
  const p = world(FLOW.replace("on: { topic: in }", "on: { topic: in, ordering: key }"), { r: () => new Promise<never>(() => undefined) }, { store });
  await p.runtime.start();
  await p.bus.publish([message("a")]);
  while (answers.length === 0) await turns();
  expect(await Promise.all(answers)).toEqual([{ is: "accepted" }]);
  await p.settle();
  expect((await store.runs({ limit: 9 })).map(({ status }) => status)).toEqual(["cancelled"]);
});

test("a runtime that was closed in the middle of an admission acknowledges nothing of it", async () => {
  const inner = createMemoryStore();
  const acked: number[] = [];
  const store: Store = { ...inner, commit: () => Promise.reject(new Error("the store is away")) };
  const p = world(FLOW, { r: (input) => input }, {
    store,
    bus: (bus) => ({
      ...bus,
      subscribe: async (options) => {
        const subscription = await bus.subscribe(options);
        return { ...subscription, ack: async (deliveries) => void acked.push(deliveries.length) };
      },
    }),
  });
  await p.runtime.start();
  await p.bus.publish([message("one")]);
  await turns(5);
  const closing = p.runtime.close();
  for (let second = 0; second < 8; second += 1) await p.clock.advance(1000);
  await closing;
  expect(acked).toEqual([]);
  expect(p.runtime.stats()).toMatchObject({ duplicates: 0 });
});

const KEYED = FLOW.replace("on: { topic: in }", "on: { topic: in, dedupe: { key: msg.id, ttl: 24h } }").replace("effect: read", "effect: write, idempotency: key");

test("I17: a run that was pruned is remembered: within its key's time a message is its duplicate, later it is the next run, with idempotency keys of its own", async () => {
  const keys: string[] = [];
  const p = world(KEYED, { r: (input, { key }) => (keys.push(key), input) });
  const send = async (id: string): Promise<void> => {
    await p.bus.publish([{ ...message(id), id: `m${keys.length}-${p.clock.now()}`, headers: {} }]);
    await p.settle();
  };
  await p.runtime.start();
  await send("a");
  expect(await p.store.prune({ before: Infinity }, 10, p.clock.now())).toBe(1);
  await send("a");
  expect(p.runtime.stats()).toMatchObject({ runs: 1, duplicates: 1 });
  for (let day = 1; day <= 3; day += 1) {
    await p.clock.advance(25 * 3_600_000);
    await send("a");
    expect(await p.store.prune({ before: Infinity }, 10, p.clock.now())).toBe(1);
    await send("a");
  }
  expect(p.runtime.stats()).toMatchObject({ runs: 4, duplicates: 4 });
  expect(new Set(keys).size).toBe(4);
});

test("I17: a key whose time is over at this very moment is free for the next run", async () => {
  const p = world(FLOW.replace("on: { topic: in }", "on: { topic: in, dedupe: { key: msg.id, ttl: 1h } }"), { r: (input) => input });
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await p.settle();
  const [first] = await p.store.runs({ limit: 1 });
  const until = (first?.admittedAt ?? 0) + 3_600_000;
  await p.clock.advance(until - p.clock.now() - 1);
  await p.send("in", [{ id: "a" }]);
  await p.clock.advance(0);
  expect(await p.store.runs({ limit: 9 })).toHaveLength(1);
  await p.clock.advance(1);
  await p.send("in", [{ id: "a" }]);
  await p.clock.advance(0);
  expect((await p.store.runs({ limit: 9 })).map(({ admittedAt }) => admittedAt)).toEqual([until, first?.admittedAt]);
  await p.runtime.close();
});
