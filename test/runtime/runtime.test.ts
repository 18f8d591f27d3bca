import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.js";
import type { Bus } from "../../src/core/ports/bus.js";
import { RuntimeClosed } from "../../src/runtime/runtime-closed.js";
import { Raw, type ToolFake, world } from "../support/runtime.js";
import { turns } from "../support/virtual-clock.js";

const PURE = `
flowctl: v1
flow: double
types:
  In: { fields: { id: string, n: number } }
topics:
  numbers: { message: In, key: msg.id, dlq: numbers.dlq }
  doubled: { message: { fields: { id: string, n: number } } }
  numbers.dlq: {}
on: { topic: numbers, where: msg.n > 0 }
steps:
  - { id: twice, set: { id: "\${input.id}", n: "\${input.n * 2}" } }
  - { emit: doubled, with: "\${steps.twice}" }
`;

const JOURNALED = `
flowctl: v1
flow: pay
types:
  In: { fields: { id: string, n: number } }
topics:
  orders: { message: In, dlq: orders.dlq }
  paid: { message: { fields: { id: string } } }
  orders.dlq: {}
tools:
  charge: { module: ./tools.ts#charge, input: In, output: { fields: { id: string } }, effect: write, idempotency: key }
on: { topic: orders, where: msg.n > 0, dedupe: { key: msg.id, ttl: 1h } ORDERING }
steps:
  - { id: pay, tool: charge }
  - { emit: paid, with: { id: "\${steps.pay.id}" } }
`;
const WAITING = `
flowctl: v1
flow: waiting
input: { fields: { id: string, n: number } }
tools:
  charge: { module: ./tools.ts#charge, input: { fields: { id: string, n: number } }, output: { fields: { id: string } }, effect: write, idempotency: key }
steps: [ { id: pay, tool: charge } ]
`;
const journaled = (more = ""): string => JOURNALED.replace(" ORDERING", more);
const charge: ToolFake = (input) => (typeof input === "object" && input !== null && "id" in input ? { id: input.id } : null);
const order = (id: string, n = 1): Json => ({ id, n });
const ids = (values: readonly Json[]): Json[] => values.map((value) => (typeof value === "object" && value !== null && "id" in value ? (value.id ?? null) : null));

describe("pure flows (class P)", () => {
  test("filter, compute, publish, acknowledge", async () => {
    const { runtime, send, read, settle } = world(PURE);
    await runtime.start();
    await send("numbers", [order("a", 1), order("b", 0), order("c", -1), order("d", 21)]);
    await settle();
    expect(ids(await read("doubled")).toSorted()).toEqual(["a", "d"]);
    expect(await read("doubled")).toContainEqual({ id: "d", n: 42 });
    expect(runtime.stats()).toMatchObject({ messages: 4, filtered: 2, runs: 2, completed: 2, emitted: 2, dlq: 0, failed: 0 });
    await runtime.close();
  });
  test("emitted messages carry stable ids: a redelivery publishes the same ones", async () => {
    let first = true;
    const failing = (bus: Bus): Bus => ({
      ...bus,
      subscribe: async (options) => {
        const subscription = await bus.subscribe(options);
        return {
          ...subscription,
          ack: async (deliveries) => {
            if (!first) return subscription.ack(deliveries);
            first = false;
            // The broker has lost it, and delivers again.
            await subscription.giveBack(deliveries, 0);
          },
        };
      },
    });
    const { runtime, send, readDeliveries, settle } = world(PURE, {}, { bus: failing });
    await runtime.start();
    await send("numbers", [order("a", 1)]);
    await settle();
    const headers = (await readDeliveries("doubled")).map((one) => one.headers["flowctl-id"]);
    expect(headers).toHaveLength(2);
    expect(headers[0]).toBe(headers[1]);
    expect(headers[0]).toMatch(/^[a-z2-7]{26}\/emit1\/0$/);
  });
  test("publishing waits for the broker; nothing is acknowledged before", async () => {
    let away = true;
    const failing = (bus: Bus): Bus => ({ ...bus, publish: (messages) => (away ? Promise.reject(new Error("no broker")) : bus.publish(messages)) });
    const { runtime, send, read, settle, clock, bus } = world(PURE, {}, { bus: failing });
    await runtime.start();
    await send("numbers", [order("a", 1)]);
    await clock.advance(60_000);
    const watcher = await bus.subscribe({ topic: "numbers", group: "double", from: "earliest", maxBatch: 1 });
    expect(await watcher.lag()).toBe(1);
    await watcher.close();
    away = false;
    await settle();
    expect(await read("doubled")).toEqual([{ id: "a", n: 2 }]);
  });
  test("dedupe: the key is dropped within its time, over batches and within one", async () => {
    const text = PURE.replace("where: msg.n > 0", "where: msg.n > 0, dedupe: { key: msg.id, ttl: 1h }");
    const { runtime, send, read, settle, clock } = world(text);
    await runtime.start();
    await send("numbers", [order("a", 1), order("a", 2), order("b", 3)]);
    await settle();
    await send("numbers", [order("a", 4)]);
    await settle();
    await clock.advance(3_600_001);
    await send("numbers", [order("a", 5)]);
    await settle();
    expect((await read("doubled")).toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))).toEqual([{ id: "a", n: 10 }, { id: "a", n: 2 }, { id: "b", n: 6 }]);
    expect(runtime.stats()).toMatchObject({ duplicates: 2, completed: 3 });
  });
});

describe("poison", () => {
  test("what does not decode, fit or evaluate goes to the dlq with its reason, and is acknowledged", async () => {
    const { runtime, send, read, settle } = world(PURE.replace("where: msg.n > 0", "where: '[1, 2][int(msg.n)] > 0'"));
    await runtime.start();
    await send("numbers", [new Raw("{nope"), new Raw(""), order("a", 7), { id: "x" }, order("ok", 1)]);
    await settle();
    const letters = await read("numbers.dlq");
    const codes = letters.map((letter) => (letter !== null && typeof letter === "object" && "error" in letter ? letter.error : null));
    expect(codes.map((error) => (error !== null && typeof error === "object" && "code" in error ? error.code : null)).toSorted()).toEqual(["decode", "decode", "expr", "schema"]);
    expect(letters.find((letter) => JSON.stringify(letter).includes("nope"))).toMatchObject({ raw: "{nope", key: null, attempts: 1, redrives: 0, source: { topic: "numbers" } });
    expect(letters.find((letter) => JSON.stringify(letter).includes('"schema"'))).toMatchObject({ message: { id: "x" }, raw: '{"id":"x"}' });
    expect(await read("doubled")).toEqual([{ id: "ok", n: 2 }]);
    expect(runtime.stats()).toMatchObject({ messages: 5, dlq: 4, completed: 1 });
  });
  test("without a dlq topic it is kept in the store", async () => {
    const { runtime, send, store, settle } = world(PURE.replace(", dlq: numbers.dlq", "").replace("  numbers.dlq: {}\n", ""));
    await runtime.start();
    await send("numbers", [new Raw("nope")]);
    await settle();
    expect((await store.deadLetters({ limit: 10 })).map(({ flow, letter }) => [flow, letter["raw"]])).toEqual([["double", "nope"]]);
  });
  test("a `__proto__` key is data", async () => {
    const { runtime, send, read, settle } = world(PURE);
    await runtime.start();
    await send("numbers", [new Raw('{"id":"a","n":1,"__proto__":{"polluted":true}}')]);
    await settle();
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    // The message's type is closed: the key is one that it does not have.
    expect(await read("numbers.dlq")).toHaveLength(1);
  });
});

describe("journaled flows (class J)", () => {
  test("admitted, run, emitted through the outbox", async () => {
    const { runtime, send, read, settle, store, events } = world(journaled(), { charge });
    await runtime.start();
    await send("orders", [order("a"), order("b"), order("c", 0)]);
    await settle();
    expect(ids(await read("paid")).toSorted()).toEqual(["a", "b"]);
    expect(runtime.stats()).toMatchObject({ messages: 3, filtered: 1, runs: 2, completed: 2, emitted: 2, failed: 0 });
    const rows = await store.runs({ limit: 10 });
    expect(rows.map(({ status }) => status)).toEqual(["completed", "completed"]);
    const ofRun = events.filter((event) => event.run === rows[0]?.run);
    expect(ofRun.map((event) => event.seq)).toEqual(ofRun.map((_, at) => at));
    expect(ofRun.at(0)?.type).toBe("run.admitted");
    expect(ofRun.at(-1)?.type).toBe("run.finished");
  });
  test("I17: a duplicate key is acknowledged and counted; past its time it runs again under another id", async () => {
    const keys: string[] = [];
    const { runtime, send, settle, clock } = world(journaled(), { charge: (input, call) => (keys.push(call.key), charge(input, call)) });
    await runtime.start();
    await send("orders", [order("a"), order("a")]);
    await settle();
    await send("orders", [order("a")]);
    await settle();
    expect(runtime.stats()).toMatchObject({ runs: 1, duplicates: 2 });
    await clock.advance(3_600_001);
    await send("orders", [order("a")]);
    await settle();
    expect(runtime.stats()).toMatchObject({ runs: 2, duplicates: 2, completed: 2 });
    expect(new Set(keys).size).toBe(2);
  });
  test("I17: a redriven message passes dedupe and keeps the first run's idempotency keys", async () => {
    const keys: string[] = [];
    const { runtime, send, settle, store } = world(journaled(), { charge: (input, call) => (keys.push(call.key), charge(input, call)) });
    await runtime.start();
    await send("orders", [order("a")]);
    await settle();
    await send("orders", [order("a")], { headers: { "flowctl-redrive": "1" } });
    await settle();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect((await store.runs({ limit: 10 })).map(({ run }) => run)).toHaveLength(2);
  });
  test("acknowledged when admitted, not when finished (I4)", async () => {
    const open = Promise.withResolvers<Json>();
    const { runtime, send, bus } = world(journaled(), { charge: () => open.promise });
    await runtime.start();
    await send("orders", [order("a")]);
    await turns(20);
    const watcher = await bus.subscribe({ topic: "orders", group: "pay", from: "earliest", maxBatch: 1 });
    expect(await watcher.lag()).toBe(0);
    expect(runtime.stats()).toMatchObject({ runs: 1, completed: 0 });
    open.resolve({ id: "a" });
    await watcher.close();
  });
  test("a failed run's message goes to the dlq with the run; its own `fail` codes do not", async () => {
    const text = journaled().replace("steps:\n", 'steps:\n  - { when: input.n > 5, fail: { code: too_much, message: "over the limit" } }\n');
    const broken: ToolFake = () => ({ wrong: true });
    const { runtime, send, read, settle, store } = world(text, { charge: broken });
    await runtime.start();
    await send("orders", [order("a", 6), order("b", 1)]);
    await settle();
    const [letter, ...more] = await read("orders.dlq");
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ message: { id: "b", n: 1 }, raw: '{"id":"b","n":1}', error: { code: "invalid_output" }, attempts: 1 });
    const failed = (await store.runs({ limit: 10 })).filter(({ status }) => status === "failed");
    expect(failed).toHaveLength(2);
    expect(failed.map(({ run }) => run)).toContain(letter !== null && typeof letter === "object" && "run" in letter ? letter.run : null);
    expect(runtime.stats()).toMatchObject({ failed: 2, dlq: 1 });
  });
  test("concurrency: so many runs at once, the rest waits", async () => {
    let now = 0;
    let most = 0;
    const slow: ToolFake = async (input, call) => {
      now += 1;
      most = Math.max(most, now);
      await turns(3);
      now -= 1;
      return charge(input, call);
    };
    const { runtime, send, settle } = world(journaled(", concurrency: 5"), { charge: slow });
    await runtime.start();
    await send("orders", Array.from({ length: 40 }, (_, at) => order(`o${at}`)));
    await settle();
    expect(most).toBe(5);
    expect(runtime.stats().completed).toBe(40);
  });
  test("I18: `ordering: key` runs one at a time per key, in order, and keys in parallel", async () => {
    const active = new Map<string, number>();
    const order2: string[] = [];
    let together = 0;
    const tool: ToolFake = async (input, call) => {
      const { id } = Object(input);
      const key = String(id).slice(0, 1);
      active.set(key, (active.get(key) ?? 0) + 1);
      expect(active.get(key)).toBe(1);
      together = Math.max(together, [...active.values()].reduce((sum, one) => sum + one, 0));
      await turns(1 + (order2.length % 3));
      order2.push(String(id));
      active.set(key, 0);
      return charge(input, call);
    };
    const { runtime, send, settle } = world(journaled(", ordering: { by: 'msg.id.substring(0, 1)' }"), { charge: tool });
    await runtime.start();
    await send("orders", Array.from({ length: 30 }, (_, at) => order(`${"abc".charAt(at % 3)}${String(at).padStart(2, "0")}`)));
    await settle();
    for (const key of "abc") {
      const ofKey = order2.filter((id) => id.startsWith(key));
      expect(ofKey).toEqual(ofKey.toSorted());
      expect(ofKey).toHaveLength(10);
    }
    expect(together).toBeGreaterThan(1);
  });
  test("I19: the consumer is paused while too many runs wait", async () => {
    const open = Promise.withResolvers<void>();
    const tool: ToolFake = async (input, call) => {
      await open.promise;
      return charge(input, call);
    };
    const { runtime, send, settle } = world(journaled(", concurrency: 2"), { charge: tool });
    await runtime.start();
    await send("orders", Array.from({ length: 3000 }, (_, at) => order(`o${at}`)));
    await turns(300);
    const { runs } = runtime.stats();
    expect(runs).toBeGreaterThanOrEqual(1002);
    expect(runs).toBeLessThanOrEqual(1002 + 256);
    open.resolve();
    await settle();
    expect(runtime.stats().completed).toBe(3000);
  });
  test("I19: as many as the flow's `backlog` says, one batch of that size more; those that are parked do not count", async () => {
    const open = Promise.withResolvers<void>();
    const tool: ToolFake = async (input, call) => {
      await open.promise;
      return charge(input, call);
    };
    const text = `${journaled(", concurrency: 2")}\nbacklog: 5\n`.replace("steps:", "steps:\n  - { id: ok, when: \"input.id.startsWith('ask')\", ask: { question: \"ok?\", output: { fields: { approved: boolean } } } }");
    const { runtime, send, settle } = world(text, { charge: tool });
    await runtime.start();
    await send("orders", Array.from({ length: 300 }, (_, at) => order(`${at < 100 ? "ask" : "o"}${at}`)));
    // Until all of it is loaded and read, however long that takes.
    while (runtime.stats().parked < 100 || runtime.stats().runs < 107) await turns(20);
    await turns(50);
    const { runs, parked } = runtime.stats();
    expect(parked).toBe(100);
    expect(runs - parked).toBeLessThan(7 + 7);
    open.resolve();
    await settle();
    expect(runtime.stats()).toMatchObject({ completed: 200, parked: 100 });
  });
});

describe("parking", () => {
  const ASK = `
flowctl: v1
flow: approve
types: { In: { fields: { id: string } } }
topics: { asks: { message: In } }
on: { topic: asks, ordering: ORDERING, concurrency: 2 }
steps:
  - { id: ok, ask: { question: "Ship \${input.id}?", output: { fields: { approved: boolean } } } }
`;
  test("idle with parked runs: they hold no slot, and the store knows what they wait for", async () => {
    const { runtime, send, settle, store } = world(ASK.replace("ordering: ORDERING, ", ""));
    await runtime.start();
    await send("asks", Array.from({ length: 10 }, (_, at) => ({ id: `a${at}` })));
    await settle();
    expect(runtime.stats()).toMatchObject({ parked: 10, runs: 10, completed: 0 });
    const rows = await store.runs({ limit: 20, state: "parked" });
    expect(rows.map(({ waits }) => waits.map(({ kind, path }) => `${kind} ${path}`))).toEqual(Array.from({ length: 10 }, () => ["ask ok"]));
  });
  test("I18: a lane stays closed behind a parked run, and that is idle too", async () => {
    const { runtime, send, settle } = world(ASK.replace("ORDERING", "key"));
    await runtime.start();
    await send("asks", [{ id: "a" }, { id: "b" }, { id: "c" }], { key: () => "same" });
    await settle();
    expect(runtime.stats()).toMatchObject({ parked: 1 });
  });
  test("I18: `release: parked` opens the lane at the first park", async () => {
    const { runtime, send, settle } = world(ASK.replace("ORDERING", "{ by: key, release: parked }"));
    await runtime.start();
    await send("asks", [{ id: "a" }, { id: "b" }, { id: "c" }], { key: () => "same" });
    await settle();
    expect(runtime.stats()).toMatchObject({ parked: 3 });
  });
  test("a manual run that parks is reported so", async () => {
    const { runtime } = world(`
flowctl: v1
flow: approve
input: { fields: { id: string } }
on: { manual: {} }
steps:
  - { id: ok, ask: { question: "Ship?", output: { fields: { approved: boolean } } } }
`);
    await runtime.start();
    expect(await runtime.manual("approve", { id: "x" })).toMatchObject({ flow: "approve", status: "parked" });
    await runtime.idle();
  });
});

describe("manual runs", () => {
  const MANUAL = `
flowctl: v1
flow: add
input: { fields: { a: number, b: number } }
output: number
on: { manual: {} }
steps: [ { id: sum, set: "\${input.a + input.b}" } ]
value: "\${steps.sum}"
`;
  test("report their output", async () => {
    const { runtime } = world(MANUAL);
    await runtime.start();
    expect(await runtime.manual("add", { a: 1, b: 2 })).toMatchObject({ flow: "add", status: "completed", output: 3 });
  });
  test("an input that does not fit is a failed run", async () => {
    const { runtime } = world(MANUAL);
    await runtime.start();
    expect(await runtime.manual("add", { a: "x", b: 2 })).toMatchObject({ status: "failed", error: { code: "schema" } });
    expect(runtime.stats()).toMatchObject({ failed: 1 });
  });
  test("one that is under way when the runtime is closed is rejected", async () => {
    const called = Promise.withResolvers<void>();
    const { runtime, clock } = world(WAITING, {
      charge: () => {
        called.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    await runtime.start();
    const report = runtime.manual("waiting", order("a"));
    const rejected = expect(report).rejects.toThrow(RuntimeClosed);
    await called.promise;
    const closing = runtime.close();
    await rejected;
    // What is under way has 5 s to be recorded.
    await clock.advance(5_000);
    await closing;
    await expect(runtime.manual("waiting", order("b"))).rejects.toThrow(RuntimeClosed);
  });
});

test("a flow that reads what another emits: idle waits for the chain", async () => {
  const { runtime, send, read, settle } = world(`${PURE}---
flowctl: v1
flow: again
topics:
  doubled: { message: { fields: { id: string, n: number } } }
  quadrupled: { message: { fields: { n: number } } }
on: doubled
steps:
  - { emit: quadrupled, with: { n: "\${input.n * 2}" } }
`);
  await runtime.start();
  await send("numbers", Array.from({ length: 700 }, (_, at) => order(`k${at}`, at + 1)));
  await settle();
  expect(await read("quadrupled")).toHaveLength(700);
  await runtime.close();
});
