import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { InfraError, StepError } from "../../../src/core/errors.js";
import { shardOf } from "../../../src/core/run-id.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { type ToolFake, world } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, machine } from "../live/restart.js";

/** What users of other tools ran into, and what happens here. Each test is named after its thread. */
const flow = (steps: string, more = "on: in"): string => `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N, dlq: in.dlq }, in.dlq: {}, out: {} }
tools:
  charge: { module: ./tools.ts#charge, input: N, output: N, effect: write, idempotency: key, errors: { declined: {} } }
  once: { module: ./tools.ts#once, input: N, output: N, effect: write }
  look: { module: ./tools.ts#look, input: N, output: N, effect: read }
${more}
steps:
${steps}
`;

interface Counted {
  readonly calls: string[];
  readonly tools: Readonly<Record<string, ToolFake>>;
}
function counted(over: Readonly<Record<string, ToolFake>> = {}): Counted {
  const calls: string[] = [];
  const tool =
    (name: string): ToolFake =>
    (input, call) => {
      calls.push(`${name} ${call.key}`);
      return over[name]?.(input, call) ?? input;
    };
  return { calls, tools: { charge: tool("charge"), once: tool("once"), look: tool("look") } };
}
const ONE = [{ n: 1 }];
const answer = (path: string, payload: number | boolean) => ({ kind: "answer", path, payload }) as const;

describe("an interrupted run resumed twice (langchain-ai/langgraph#6663)", () => {
  const text = flow(`  - { id: before, tool: once, with: "\${input}" }
  - { id: ok, ask: { question: "ok?", output: boolean } }
  - { id: after, tool: once, with: { n: 2 }, when: steps.ok }
  - { emit: out, with: "\${steps.ok}" }`);

  test("by two people at once: one is heard, the other is told; what is before and behind it runs once", async () => {
    const m = machine();
    const { calls, tools } = counted();
    const p = await m.boot(text, tools);
    await p.send("in", ONE);
    await p.settle();
    const { run } = await m.only("parked");
    const said = await Promise.all([ask(p, run, answer("ok", true)), ask(p, run, answer("ok", false)), ask(p, run, answer("ok", true))]);
    await p.settle();
    expect(said.map(({ is }) => is)).toEqual(["accepted", "refused", "refused"]);
    expect(calls).toHaveLength(2);
    expect(await p.read("out")).toEqual([true]);
  });

  test("again by another process, after it has gone on and after it has ended", async () => {
    const m = machine();
    const gate = Promise.withResolvers<void>();
    const slow = counted({ once: async (input, { key }) => (key === idempotencyKey((await m.only()).run, "after") && (await gate.promise), input) });
    const p = await m.boot(text, slow.tools);
    await p.send("in", ONE);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, answer("ok", true), "a")).toEqual({ is: "accepted" });
    await turns(20);
    expect(await ask(p, run, answer("ok", false), "b")).toMatchObject({ is: "refused", why: "already_decided" });
    gate.resolve();
    await p.settle();
    const second = counted();
    const q = await m.boot(text, second.tools);
    expect(await ask(q, run, answer("ok", false), "c")).toMatchObject({ is: "refused", why: "ended" });
    // The same answer sent again after a lost reply is the one that was heard.
    expect(await ask(q, run, answer("ok", true), "a")).toEqual({ is: "accepted" });
    await q.settle();
    expect([...slow.calls, ...second.calls]).toHaveLength(2);
    expect(await q.read("out")).toEqual([true]);
  });

  test("by a process that dies as it hears it: the answer is durable or was never given", async () => {
    for (const when of ["before", "after"] as const) {
      const m = machine();
      const { calls, tools } = counted();
      const p = await m.boot(text, tools, { cut: { at: "signal.received", when } });
      await p.send("in", ONE);
      await p.settle();
      const { run } = await m.only("parked");
      void ask(p, run, answer("ok", true), "a");
      await turns(20);
      const q = await m.boot(text, tools);
      await q.settle();
      expect(await ask(q, run, answer("ok", false), "b")).toMatchObject(when === "before" ? { is: "accepted" } : { is: "refused" });
      await q.settle();
      expect(await q.read("out")).toEqual([when === "after"]);
      expect(calls).toHaveLength(when === "after" ? 2 : 1);
    }
  });
});

describe("two questions in one step (langchain-ai/langgraph#6208, #6533)", () => {
  const text = flow(`  - id: both
    map: { over: "[10, 20]", as: x, rest: finish }
    do: [ { id: cost, tool: once, with: { n: "\${x}" } }, { id: q, ask: { question: "\${x}?", output: number } }, { id: pay, tool: charge, with: { n: "\${steps.q}" } } ]
    value: "\${x + steps.pay.n}"
  - { emit: out, with: "\${steps.both}" }`);

  test("each takes its own answer, in any order; one answered question runs nothing of the other again", async () => {
    for (const order of [[0, 1], [1, 0]]) {
      const m = machine();
      const { calls, tools } = counted();
      const p = await m.boot(text, tools);
      await p.send("in", ONE);
      await p.settle();
      const { run, waits } = await m.only("parked");
      expect(waits.map(({ path, question }) => [path, question])).toEqual([["both[0]/q", "10?"], ["both[1]/q", "20?"]]);
      for (const [nth, item] of order.entries()) {
        const q = nth === 0 ? p : await m.boot(text, tools);
        expect(await ask(q, run, answer(`both[${item}]/q`, item + 1))).toEqual({ is: "accepted" });
        await q.settle();
        expect(calls).toHaveLength(3 + nth);
      }
      expect((await m.events(run)).findLast(({ type }) => type === "run.finished")).toMatchObject({ data: { status: "completed" } });
      expect(new Set(calls).size).toBe(4);
      expect(await (await m.boot(text, tools)).read("out")).toEqual([[11, 22]]);
    }
  });

  test("an answer that does not say to which of them is refused (langchain-ai/langgraph#8579)", async () => {
    const m = machine();
    const { tools } = counted();
    const p = await m.boot(text, tools);
    await p.send("in", ONE);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, answer("both", 1))).toMatchObject({ is: "refused", why: "not_waiting" });
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "both[0]/q" }, { path: "both[1]/q" }] });
  });
});

describe("an answer after the timeout", () => {
  const text = flow(`  - { id: ok, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }
  - { id: q, ask: { question: "else?", output: boolean } }
  - { emit: out, with: ["\${steps.ok}", "\${steps.q}"] }`);

  test("is refused, and does not answer the question that came next", async () => {
    const m = machine();
    const p = await m.boot(text);
    await p.send("in", ONE);
    await m.clock.advance(3_600_000);
    await p.settle();
    const { run, waits } = await m.only("parked");
    expect(waits).toMatchObject([{ path: "q" }]);
    expect(await ask(p, run, answer("ok", true))).toMatchObject({ is: "refused", why: "already_decided" });
    expect(await ask(p, run, answer("q", true))).toEqual({ is: "accepted" });
    await p.settle();
    expect(await p.read("out")).toEqual([[false, true]]);
  });

  test("given while nobody served, or in the very moment: whichever is recorded first holds, also after a crash", async () => {
    const m = machine();
    const p = await m.boot(text);
    await p.send("in", ONE);
    await p.settle();
    const { run } = await m.only("parked");
    await m.kill();
    await m.clock.advance(3_600_001);
    await m.store.putInbox({ id: "late", run, at: m.clock.now(), by: "cli", request: answer("ok", true) });
    const second = await m.boot(text);
    await second.settle();
    const third = await m.boot(text);
    await third.settle();
    const events = await m.events(run);
    const ends = events.filter(({ type, path }) => path === "ok" && (type === "signal.received" || type === "timer.fired"));
    expect(ends).toHaveLength(1);
    const { waits } = await m.only("parked");
    expect(waits).toMatchObject([{ path: "q" }]);
    await ask(third, run, answer("q", true));
    await third.settle();
    expect(await third.read("out")).toEqual([[ends[0]?.type === "signal.received", true]]);
    expect(await m.store.inbox(shardOf(run), 10)).toEqual([]);
  });

  test("of a wait for a message: it is kept for nobody, and starts nothing", async () => {
    const m = machine();
    const wait = flow(`  - { id: w, wait: { topic: reply, key: "\${string(input.n)}" }, timeout: 1h, catch: [ { on: [timeout], value: { n: 0 } } ] }
  - { emit: out, with: "\${steps.w}" }
  - { id: q, ask: { question: "else?", output: boolean } }`).replace("out: {}", "out: {}, reply: { message: N, key: string(msg.n) }");
    const p = await m.boot(wait);
    await p.send("in", ONE);
    await m.clock.advance(3_600_000);
    await p.settle();
    await p.send("reply", ONE);
    await p.settle();
    expect(await p.read("out")).toEqual([{ n: 0 }]);
    expect(await m.only("parked")).toMatchObject({ waits: [{ path: "q" }] });
  });
});

describe("an answer to the wrong branch", () => {
  test("to one that lost, one that was not taken, one that is not reached, another run's: refused, and the right one is still asked", async () => {
    const m = machine();
    const text = flow(`  - id: race
    parallel: { join: any }
    branches: { a: [ { id: x, ask: { question: "x?", output: boolean } } ], b: [ { id: y, ask: { question: "y?", output: boolean } } ] }
  - id: gate
    switch: [ { when: input.n > 5, do: [ { id: high, ask: { question: "high?", output: boolean } } ] }, { else: [ { id: low, ask: { question: "low?", output: boolean } } ] } ]
  - { id: end, ask: { question: "end?", output: boolean } }
  - { emit: out, with: "\${steps.race.winner}" }`);
    const p = await m.boot(text);
    await p.send("in", [{ n: 1 }, { n: 9 }]);
    await p.settle();
    const rows = await m.store.runs({ limit: 2, state: "parked" });
    for (const { run } of rows) expect(await ask(p, run, answer("race/y", true))).toEqual({ is: "accepted" });
    await p.settle();
    const waiting = async (path: string) => (await m.store.runs({ limit: 2, state: "parked" })).find(({ waits }) => waits[0]?.path === path);
    const low = await waiting("gate/low");
    const high = await waiting("gate/high");
    if (low === undefined || high === undefined) throw new Error("one run asks for each");
    for (const [run, path] of [[low.run, "race/x"], [low.run, "gate/high"], [low.run, "end"], [high.run, "gate/low"], [high.run, "race/y"]] as const) {
      expect(await ask(p, run, answer(path, true)), path).toMatchObject({ is: "refused", why: expect.stringMatching(/not_waiting|already_decided/) });
    }
    expect(await m.store.run(low.run)).toMatchObject({ waits: [{ path: "gate/low" }] });
    const second = await m.boot(text);
    for (const [run, path] of [[low.run, "gate/low"], [high.run, "gate/high"], [low.run, "end"], [high.run, "end"]] as const) {
      expect(await ask(second, run, answer(path, true))).toEqual({ is: "accepted" });
      await second.settle();
    }
    expect(await second.read("out")).toEqual(["b", "b"]);
  });
});

describe("a cancel that never reached the tool", () => {
  test("a read is told at once and left; nothing starts behind it", async () => {
    const m = machine();
    const heard: boolean[] = [];
    const { calls, tools } = counted({
      look: (_input, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => (heard.push(true), reject(new Error("stopped"))), { once: true })),
    });
    const p = await m.boot(flow(`  - { id: a, tool: look, with: "\${input}" }\n  - { id: b, tool: charge, with: "\${input}" }`), tools);
    await p.send("in", ONE);
    await turns(20);
    const { run } = await m.only();
    expect(await ask(p, run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(heard).toEqual([true]);
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(calls).toHaveLength(1);
  });

  test("a write is let to its end, so that the run does not end beside it; what it did is on record", async () => {
    const m = machine();
    const gate = Promise.withResolvers<void>();
    const { calls, tools } = counted({ charge: async (input) => (await gate.promise, input) });
    const p = await m.boot(flow(`  - { id: a, tool: charge, with: "\${input}" }\n  - { id: b, tool: charge, with: { n: 2 } }`), tools);
    await p.send("in", ONE);
    await turns(20);
    const { run } = await m.only();
    expect(await ask(p, run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await m.clock.advance(1000);
    expect(await m.store.run(run)).toMatchObject({ status: null });
    gate.resolve();
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect((await m.events(run)).filter(({ path }) => path === "a").map(({ type }) => type)).toEqual(["step.started", "step.completed"]);
    expect(calls).toHaveLength(1);
  });

  test("the process dies between the request and the tool: the next one honours it, and settles the write first", async () => {
    const m = machine();
    const first = counted({ charge: () => new Promise(() => undefined) });
    const text = flow(`  - { id: a, tool: charge, with: "\${input}" }\n  - { id: b, tool: charge, with: { n: 2 } }`);
    const p = await m.boot(text, first.tools, { cut: { at: "run.cancel_requested", when: "after" } });
    await p.send("in", ONE);
    await turns(20);
    const { run } = await m.only();
    void ask(p, run, { kind: "cancel" });
    await turns(20);
    const second = counted();
    const q = await m.boot(text, second.tools);
    await q.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(second.calls).toEqual(first.calls);
    expect((await m.events(run)).filter(({ path }) => path === "b")).toEqual([]);
  });
});

describe("a tool over 180 s run twice (langchain-ai/langgraph#7213, #7417)", () => {
  const text = flow(`  - { id: a, tool: once, with: "\${input}", timeout: 2h }\n  - { emit: out, with: "\${steps.a}" }`);
  const long = (m: ReturnType<typeof machine>) => counted({ once: (input) => new Promise((resolve) => void m.clock.after(3_600_000, () => resolve(input))) });

  test("one call, however long it takes, while timers are looked for and other runs come and go", async () => {
    const m = machine();
    const { calls, tools } = long(m);
    const p = await m.boot(text, tools);
    await p.send("in", ONE);
    for (let minute = 0; minute < 61; minute += 1) {
      await m.clock.advance(60_000);
      if (minute % 20 === 0) await p.send("in", [{ n: minute + 2 }]);
    }
    await m.clock.advance(3_600_000);
    await p.settle();
    expect(calls).toHaveLength(5);
    expect(new Set(calls).size).toBe(5);
    expect(await p.read("out")).toHaveLength(5);
  });

  test("nor by the start after a crash: a write that nothing makes repeatable is asked about", async () => {
    const m = machine();
    const first = long(m);
    const p = await m.boot(text, first.tools);
    await p.send("in", ONE);
    await m.clock.advance(181_000);
    const second = counted();
    const q = await m.boot(text, second.tools);
    await q.settle();
    expect([first.calls.length, second.calls.length]).toEqual([1, 0]);
    const { run, waits } = await m.only("parked");
    expect(waits).toMatchObject([{ kind: "incident", path: "a" }]);
    expect(await ask(q, run, { kind: "resolve", path: "a", action: "resolve", output: { n: 1 } })).toEqual({ is: "accepted" });
    await q.settle();
    expect(second.calls).toEqual([]);
    expect(await q.read("out")).toEqual(ONE);
  });
});

describe("an offset committed although the run failed (n8n-io/n8n#16906)", () => {
  test("the message is acknowledged when its run is on disk, and a run that fails leaves it as a dead letter that can be sent again", async () => {
    const m = machine();
    const { tools } = counted({ charge: () => Promise.reject(new StepError("declined", "no")) });
    const p = await m.boot(flow(`  - { id: a, tool: charge, with: "\${input}" }`), tools);
    await p.send("in", [{ n: 7 }]);
    await p.settle();
    const { run, status } = await m.only();
    expect(status).toBe("failed");
    expect(await p.read("in.dlq")).toMatchObject([{ message: { n: 7 }, error: { code: "declined" }, run, source: { topic: "in" } }]);
    const second = await m.boot(flow(`  - { id: a, tool: charge, with: "\${input}" }`), tools);
    await second.settle();
    expect(second.runtime.stats()).toMatchObject({ runs: 0 });
  });

  test("a message whose run could not be recorded is not acknowledged, and comes again", async () => {
    const store = createMemoryStore();
    let away = true;
    const acked: number[] = [];
    const w = world(flow(`  - { id: a, tool: charge, with: "\${input}" }\n  - { emit: out, with: "\${steps.a}" }`), counted().tools, {
      store: { ...store, commit: (items) => (away ? Promise.reject(new InfraError("FC6010", "the disk is full")) : store.commit(items)) },
      bus: (bus) => ({ ...bus, subscribe: async (options) => ((made) => ({ ...made, ack: (batch) => (acked.push(batch.length), made.ack(batch)) }))(await bus.subscribe(options)) }),
    });
    await w.runtime.start();
    await w.send("in", ONE);
    await w.clock.advance(2000);
    expect(acked).toEqual([]);
    away = false;
    await w.settle();
    expect(acked).toEqual([1]);
    expect(await w.read("out")).toEqual(ONE);
  });
});

describe("a message stored as seen before the work", () => {
  const SENT = { topic: "in", key: null, id: "s1", headers: {}, body: '{"n":1}' };

  test("is not lost: the mark that drops its duplicates is its run itself", async () => {
    const text = flow(`  - { id: a, tool: charge, with: "\${input}" }\n  - { emit: out, with: "\${steps.a}" }`, "on: { topic: in, dedupe: { key: string(msg.n), ttl: 24h } }");
    for (const at of ["run.admitted", "step.started", "step.completed", "message.emitted", "publish", "ack"] as const) {
      for (const when of ["before", "after"] as const) {
        const m = machine();
        const { calls, tools } = counted();
        await m.boot(text, tools, { cut: { at, when } });
        await m.bus.publish([SENT]);
        await turns(30);
        const q = await m.boot(text, tools);
        await q.send("in", ONE);
        await q.settle();
        expect(await m.only(), `${when} ${at}`).toMatchObject({ status: "completed" });
        expect(new Set((await q.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"])).size, `${when} ${at}`).toBe(1);
        expect(new Set(calls).size).toBe(1);
      }
    }
  });

  test("nor in a flow without a journal: its key is marked when its messages are out", async () => {
    const text = flow(`  - { emit: out, with: "\${input}" }`, "on: { topic: in, dedupe: { key: string(msg.n), ttl: 24h } }");
    for (const at of ["publish", "markSeen", "ack"] as const) {
      for (const when of ["before", "after"] as const) {
        const m = machine();
        await m.boot(text, {}, { cut: { at, when } });
        await m.bus.publish([SENT]);
        await turns(30);
        const q = await m.boot(text);
        await q.settle();
        expect(new Set((await q.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"])).size, `${when} ${at}`).toBe(1);
      }
    }
  });
});
