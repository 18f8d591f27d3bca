import { describe, expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import { shardOf } from "../../../src/core/run-id.js";
import { type ToolFake, world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { ask, machine } from "./restart.js";

const flow = (on: string, steps = ""): string => `
flowctl: v1
flow: lane
types: { In: { fields: { id: string, key: string } } }
topics: { in: { message: In, key: msg.key } }
tools:
  k: { module: ./tools.ts#k, input: In, output: In, effect: write, idempotency: key }
on: { topic: in, ${on} }
steps:
  - { id: a, tool: k, with: "\${input}" }
${steps}
`;
const idOf = (input: Json): string => (typeof input === "object" && input !== null && "id" in input ? String(input.id) : "");
const messages = (...ids: readonly string[]): Json[] => ids.map((id) => ({ id, key: id.charAt(0) }));

describe("lanes (I18)", () => {
  test("over a restart: one at a time, in the order of admission, though they lie in several shards", async () => {
    const m = machine();
    const never = new Promise<never>(() => undefined);
    const first = await m.boot(flow("ordering: key"), { k: () => never });
    const sent = Array.from({ length: 12 }, (_, at) => `${at % 2 === 0 ? "a" : "b"}${String(at).padStart(2, "0")}`);
    await first.send("in", messages(...sent));
    await turns(10);
    const rows = await m.store.runs({ limit: 20 });
    expect(rows).toHaveLength(12);
    expect(new Set(rows.map(({ run }) => shardOf(run))).size).toBeGreaterThan(3);
    const order: string[] = [];
    const active = new Set<string>();
    const k: ToolFake = async (input) => {
      const id = idOf(input);
      expect([...active].filter((one) => one.charAt(0) === id.charAt(0))).toEqual([]);
      active.add(id);
      await turns(2);
      active.delete(id);
      order.push(id);
      return input;
    };
    const second = await m.boot(flow("ordering: key"), { k });
    await second.send("in", messages("a99"));
    await second.settle();
    expect(order.filter((id) => id.startsWith("a"))).toEqual([...sent.filter((id) => id.startsWith("a")), "a99"]);
    expect(order.filter((id) => id.startsWith("b"))).toEqual(sent.filter((id) => id.startsWith("b")));
  });

  test("a parked run keeps its lane closed over a restart, until it is answered", async () => {
    const order: string[] = [];
    const k: ToolFake = (input) => (order.push(idOf(input)), input);
    const text = flow("ordering: key", '  - { id: q, ask: { question: "ok?", output: boolean } }');
    const m = machine();
    const first = await m.boot(text, { k });
    await first.send("in", messages("a1", "a2", "b1"));
    await first.settle();
    expect(order.toSorted()).toEqual(["a1", "b1"]);
    const second = await m.boot(text, { k });
    await second.send("in", messages("a3"));
    await second.settle();
    expect(order).toHaveLength(2);
    const parked = await m.store.runs({ limit: 5, state: "parked" });
    for (const { run } of parked) await ask(second, run, { kind: "answer", path: "q", payload: true });
    await second.settle();
    expect(order).toEqual(expect.arrayContaining(["a1", "b1", "a2"]));
    expect(order).not.toContain("a3");
    const [next] = (await m.store.runs({ limit: 5, state: "parked" })).map(({ run }) => run);
    await ask(second, next ?? "", { kind: "cancel" });
    await second.settle();
    expect(order.at(-1)).toBe("a3");
  });

  test("a run that another process has taken keeps its lane closed here: the next one might overtake it", async () => {
    const store = createMemoryStore();
    const begun: string[] = [];
    const goOn = Promise.withResolvers<void>();
    const k: ToolFake = async (input) => {
      begun.push(idOf(input));
      if (idOf(input) === "a1") await goOn.promise;
      return input;
    };
    const w = world(flow("ordering: key"), { k }, { store });
    await w.runtime.start();
    await w.send("in", messages("a1"));
    while (begun.length === 0) await turns();
    const [row] = await store.runs({ limit: 1 });
    await store.own(shardOf(row?.run ?? ""), "another process");
    await w.send("in", messages("a2", "b1"));
    goOn.resolve();
    while ((await store.counts()).ended === 0) await turns();
    await w.clock.advance(5_000);
    expect(begun).toEqual(["a1", "b1"]);
    expect((await store.runs({ limit: 9 })).map(({ status }) => status).toSorted()).toEqual(["completed", null, null].toSorted());
    expect(await store.laneHead(row?.lane ?? "")).toBe(row?.run);
  });

  test("`release: parked` frees the lane, also for those that a restart found waiting", async () => {
    const order: string[] = [];
    const k: ToolFake = (input) => (order.push(idOf(input)), input);
    const text = flow("ordering: { by: key, release: parked }", '  - { id: q, ask: { question: "ok?", output: boolean } }');
    const m = machine();
    const first = await m.boot(text, { k: () => new Promise<never>(() => undefined) });
    await first.send("in", messages("a1", "a2", "a3"));
    await turns(10);
    const second = await m.boot(text, { k });
    await second.settle();
    expect(order).toEqual(["a1", "a2", "a3"]);
    expect(second.runtime.stats()).toMatchObject({ parked: 3 });
  });

  test("`release: parked` does not wait for what may end soon: a run that a step has started", async () => {
    const order: string[] = [];
    const k: ToolFake = (input) => (order.push(idOf(input)), new Promise<never>(() => undefined));
    const text = flow("ordering: { by: key, release: parked }").replace("steps:\n", 'output: In\nvalue: "${input}"\ninput: In\nlimits: { depth: 2 }\nsteps:\n  - { id: again, when: run.depth < 1, call: lane, with: "${input}" }\n');
    const p = await machine().boot(text, { k });
    await p.send("in", messages("a1", "a2"));
    await turns(50);
    expect(order).toEqual(["a1", "a2"]);
  });

  describe("one key on two topics of a flow is one lane", () => {
    const text = flow("ordering: key").replace("topics: { in: {", "topics: { also: { message: In, key: msg.key }, in: {").replace("on: { topic: in, ordering: key }", "on: [ { topic: in, ordering: key }, { topic: also, ordering: key } ]\ninput: In");
    const alone = () => {
      const order: string[] = [];
      let active = 0;
      const k: ToolFake = async (input) => {
        active += 1;
        expect(active).toBe(1);
        await turns(3);
        active -= 1;
        order.push(idOf(input));
        return input;
      };
      return { order, k };
    };

    test("its runs go one after the other", async () => {
      const { order, k } = alone();
      const p = await machine().boot(text, { k });
      await p.send("in", messages("a1", "a2"));
      await p.send("also", messages("a3", "a4"));
      await p.settle();
      expect(order.toSorted()).toEqual(["a1", "a2", "a3", "a4"]);
      expect(order.filter((id) => id < "a3")).toEqual(["a1", "a2"]);
      expect(order.filter((id) => id > "a2")).toEqual(["a3", "a4"]);
    });

    test("also over a restart, before what comes then", async () => {
      const { order, k } = alone();
      const m = machine();
      const first = await m.boot(text, { k: () => new Promise<never>(() => undefined) });
      for (const [topic, ...ids] of [["in", "a1", "a2"], ["also", "a3", "a4"]] as const) {
        await first.send(topic, messages(...ids));
        await turns(10);
      }
      const second = await m.boot(text, { k });
      await second.send("also", messages("a5", "a6"));
      await second.settle();
      expect(order).toEqual(["a1", "a2", "a3", "a4", "a5", "a6"]);
    });
  });

  test("a parked head that gets its lock while the runs of an earlier process are taken up opens its lane at its end", async () => {
    const text = flow("ordering: key").replace("topics: { in: {", "topics: { free: { message: In }, in: {").replace("on: { topic: in, ordering: key }", "on: [ { topic: in, ordering: key }, { topic: free } ]\ninput: In\nlock: \"'l'\"").replace("effect: write, idempotency: key", "effect: read");
    const m = machine();
    const first = await m.boot(text, { k: () => new Promise<never>(() => undefined) });
    await first.send("free", messages("holder"));
    await first.clock.advance(1_000);
    await first.send("in", messages("a1", "a2"));
    await first.clock.advance(1_000);
    expect((await m.store.runs({ limit: 9, state: "parked" })).map(({ lane }) => lane)).toEqual(["lane/=a"]);
    const behind = (await m.store.runs({ limit: 9, state: "running" })).find(({ lane }) => lane !== null)?.run ?? "";
    const order: string[] = [];
    const { read } = m.store;
    // Whichever comes first: what was there before goes on meanwhile, or it waits for this.
    m.store.read = async function* (run, from) {
      for (let turn = 0; run === behind && turn < 100 && order.length < 2; turn += 1) await turns();
      yield* read(run, from);
    };
    const second = await m.boot(text, { k: (input) => (order.push(idOf(input)), input) });
    await second.settle();
    expect(order).toEqual(["holder", "a1", "a2"]);
  });

  test("I17: dedupe holds over lanes: one key under two lane keys is one run", async () => {
    const order: string[] = [];
    const m = machine();
    const p = await m.boot(flow("ordering: key, dedupe: { key: msg.id, ttl: 1h }"), { k: (input) => (order.push(idOf(input)), input) });
    await p.send("in", [{ id: "x", key: "a" }, { id: "x", key: "b" }, { id: "x", key: "c" }]);
    await p.settle();
    expect(order).toEqual(["x"]);
    expect(p.runtime.stats()).toMatchObject({ duplicates: 2, runs: 1 });
  });

  test("I17: a key that came back thousands of times is found again, and never lost", async () => {
    const m = machine();
    const { admittedAt } = m.store;
    let reads = 0;
    m.store.admittedAt = (run) => ((reads += 1), admittedAt(run));
    let runs = 0;
    const p = await m.boot(flow("dedupe: { key: msg.id, ttl: 1ms }"), { k: (input) => ((runs += 1), input) });
    const comes = async (): Promise<void> => {
      await p.send("in", [{ id: "x", key: "a" }]);
      await p.settle();
    };
    for (let n = 0; n < 70; n += 1) {
      await comes();
      await m.clock.advance(2);
    }
    expect(runs).toBe(70);
    expect(p.runtime.stats()).toMatchObject({ duplicates: 0 });
    // The last of its runs is found by few reads, not by one of each: by doubling, and then by halves.
    reads = 0;
    await comes();
    expect(reads).toBeGreaterThan(7);
    expect(reads).toBeLessThan(16);
    expect(runs).toBe(71);
  });

  test("I19: a lane that is too long pauses the topic; idle does not wait for what a person holds up", async () => {
    const text = flow("ordering: key", '  - { id: q, ask: { question: "ok?", output: boolean } }');
    const m = machine();
    const p = await m.boot(text, { k: (input) => input });
    await p.send("in", messages(...Array.from({ length: 400 }, (_, at) => `a${at}`)));
    await p.settle();
    const admitted = p.runtime.stats().runs;
    expect(admitted).toBeGreaterThan(100);
    expect(admitted).toBeLessThanOrEqual(101 + 256);
    for (let n = 0; n < 400; n += 1) {
      const [parked] = await m.store.runs({ limit: 1, state: "parked" });
      if (parked === undefined) break;
      await ask(p, parked.run, { kind: "cancel" });
      await p.settle();
    }
    expect(p.runtime.stats()).toMatchObject({ runs: 400, cancelled: 400 });
  });
});

test("I22: what the runs of a lane emitted and a process could not publish is published in their order by the next one", async () => {
  const text = flow("ordering: key", '  - { emit: out, with: { id: "${input.id}", key: "${input.key}" } }').replace("topics: {", "topics: { out: { message: In, key: msg.key },");
  const [store, keepBus, clock] = [createMemoryStore(), createMemoryBus(virtualClock()), virtualClock()];
  const k: ToolFake = (input) => input;
  const first = world(text, { k }, { store, keepBus, clock, bus: (bus) => ({ ...bus, publish: () => new Promise<never>(() => undefined) }) });
  await first.runtime.start();
  const sent = Array.from({ length: 12 }, (_, at) => `a${String(at).padStart(2, "0")}`);
  await first.send("in", messages(...sent));
  await turns(200);
  const rows = await store.runs({ limit: 20, state: "completed" });
  expect(new Set(rows.map(({ run }) => shardOf(run))).size).toBeGreaterThan(3);
  expect(await first.read("out")).toEqual([]);
  const second = world(text, { k }, { store, keepBus, clock });
  await second.runtime.start();
  await second.settle();
  expect((await second.read("out")).map(idOf)).toEqual(sent);
});
