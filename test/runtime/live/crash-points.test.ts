import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/json.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { StepError } from "../../../src/core/errors.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import type { ToolFake } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, type Cut, machine, type Machine } from "./restart.js";

const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N }, out: { message: N } }
tools:
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key }
  w: { module: ./tools.ts#w, input: N, output: N, effect: write }
  r: { module: ./tools.ts#r, input: N, output: N, effect: read }
on: { topic: in }
${more}
steps:
${steps}
`;
const ONE = flow('  - { id: a, tool: k, with: { n: 1 } }\n  - { id: b, tool: k, with: { n: 2 } }\n  - { emit: out, with: { n: 3 } }');
const PURE = `
flowctl: v1
flow: p
types: { N: { fields: { n: number } } }
topics: { in: { message: N }, out: { message: N } }
on: { topic: in, dedupe: { key: string(msg.n), ttl: 1h } }
steps: [ { emit: out, with: { n: "\${input.n * 2}" } } ]
`;

interface Calls {
  readonly made: string[];
  readonly tools: Readonly<Record<string, ToolFake>>;
}
function calls(m?: Machine, dieIn?: string): Calls {
  const made: string[] = [];
  const tool =
    (name: string): ToolFake =>
    async (input, { key }) => {
      made.push(`${name} ${key}`);
      if (name === dieIn) await m?.kill();
      return input;
    };
  return { made, tools: { k: tool("k"), w: tool("w"), r: tool("r") } };
}

/** A process that dies at the cut with one message, and one that comes after it. */
async function crash(m: Machine, text: string, cut: Cut | undefined, first: Calls, second: Calls) {
  await m.boot(text, first.tools, cut === undefined ? {} : { cut });
  await m.bus.publish([{ topic: "in", key: null, id: "s1", headers: {}, body: '{"n":1}' }]);
  await turns(30);
  const p = await m.boot(text, second.tools);
  await p.settle();
  return p;
}

describe("SEMANTICS §4: crash point → outcome", () => {
  test("before `run.admitted` durable: redelivered, admitted once", async () => {
    const m = machine();
    const after = calls();
    const p = await crash(m, ONE, { at: "run.admitted", when: "before" }, calls(), after);
    expect(p.runtime.stats()).toMatchObject({ runs: 1, duplicates: 0, completed: 1 });
    expect(after.made).toHaveLength(2);
  });

  test("admitted, not acked: redelivered; conflict at seq 0; acked", async () => {
    for (const cut of [{ at: "run.admitted", when: "after" }, { at: "ack", when: "before" }] as const) {
      const m = machine();
      const p = await crash(m, ONE, cut, calls(), calls());
      expect(p.runtime.stats()).toMatchObject({ messages: 1, runs: 0, duplicates: 1 });
      expect(await m.only()).toMatchObject({ status: "completed" });
    }
  });

  test("P: before publish, published and key not committed: runs again with the same ids; committed, not acked: dropped", async () => {
    const ids = async (cut: Cut): Promise<readonly (string | undefined)[]> => {
      const m = machine();
      const p = await crash(m, PURE, cut, calls(), calls());
      return (await p.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"]);
    };
    expect(await ids({ at: "publish", when: "before" })).toHaveLength(1);
    const twice = await ids({ at: "publish", when: "after" });
    expect(twice).toHaveLength(2);
    expect(new Set(twice).size).toBe(1);
    expect(await ids({ at: "markSeen", when: "before" })).toHaveLength(2);
    expect(await ids({ at: "markSeen", when: "after" })).toHaveLength(1);
    expect(await ids({ at: "ack", when: "before" })).toHaveLength(1);
  });

  test("write, before intent durable: never sent; runs", async () => {
    const m = machine();
    const [before, after] = [calls(), calls()];
    await crash(m, ONE, { at: "step.started", when: "before" }, before, after);
    expect(before.made).toEqual([]);
    expect(after.made).toHaveLength(2);
    expect(await m.only()).toMatchObject({ status: "completed" });
  });

  test("intent durable, not sent · sent, no answer · answered, result not durable: indistinguishable, unknown → on_unknown: retry under the same key", async () => {
    const text = flow("  - { id: a, tool: k, with: { n: 1 } }");
    for (const point of ["not sent", "no answer", "not durable"]) {
      const m = machine();
      const after = calls();
      const before = calls(m, point === "no answer" ? "k" : undefined);
      await crash(m, text, point === "no answer" ? undefined : point === "not sent" ? { at: "step.started", when: "after" } : { at: "step.completed", when: "before" }, before, after);
      const { run, status } = await m.only();
      expect(status).toBe("completed");
      expect(before.made).toHaveLength(point === "not sent" ? 0 : 1);
      expect(after.made).toEqual([`k ${idempotencyKey(run, "a")}`]);
    }
  });

  test("the same of a write that is not idempotent: an incident, and nothing is sent until an operator says so", async () => {
    const m = machine();
    const after = calls();
    const p = await crash(m, flow("  - { id: a, tool: w, with: { n: 1 } }\nvalue: \"${steps.a.n}\""), undefined, calls(m, "w"), after);
    const { run, waits } = await m.only("parked");
    expect(waits).toMatchObject([{ kind: "incident", path: "a" }]);
    expect(after.made).toEqual([]);
    expect(await ask(p, run, { kind: "resolve", path: "a", action: "resolve" })).toMatchObject({ is: "refused", why: "invalid" });
    expect(await ask(p, run, { kind: "resolve", path: "a", action: "resolve", output: { n: "x" } })).toMatchObject({ is: "refused", why: "invalid" });
    expect(await ask(p, run, { kind: "resolve", path: "a", action: "resolve", output: { n: 7 } })).toEqual({ is: "accepted" });
    await p.settle();
    expect((await m.events(run)).at(-1)).toMatchObject({ data: { status: "completed", output: 7 } });
    expect(await ask(p, run, { kind: "resolve", path: "a", action: "retry" })).toMatchObject({ is: "refused", why: "ended" });
  });

  test("an incident that an operator retries or skips, after one more restart", async () => {
    for (const action of ["retry", "skip"] as const) {
      const m = machine();
      const text = flow("  - { id: a, tool: w, with: { n: 1 } }");
      await crash(m, text, undefined, calls(m, "w"), calls());
      const { run } = await m.only("parked");
      const after = calls();
      const p = await m.boot(text, after.tools);
      expect(await ask(p, run, { kind: "resolve", path: "a", action })).toEqual({ is: "accepted" });
      await p.settle();
      expect(await m.only()).toMatchObject({ status: "completed" });
      expect(after.made).toHaveLength(action === "retry" ? 1 : 0);
    }
  });

  test("model answered, not durable: paid again, once per crash; lost cost settled at reservation", async () => {
    const text = flow('  - { id: a, agent: clerk, with: { n: 1 } }', `
models: { m: { provider: scripted, model: s, answers: {}, price: { in: 1, out: 1 } } }
agents: { clerk: { model: m, instructions: "Do it.", input: N, limits: { turns: 3 } } }`);
    let paid = 0;
    const model = async () => ({
      complete: async (): Promise<ModelAnswer> => {
        paid += 1;
        return { text: "done", toolCalls: [], usage: { in: 1, out: 1 }, finish: "stop" };
      },
    });
    const m = machine();
    const dead = await m.boot(text, {}, { model, cut: { at: "model.completed", when: "before" } });
    await dead.send("in", [{ n: 1 }]);
    await turns(30);
    const p = await m.boot(text, {}, { model });
    await p.settle();
    expect(paid).toBe(2);
    const { run } = await m.only();
    const events = await m.events(run);
    expect(events.filter(({ type }) => type === "model.failed")).toMatchObject([{ path: "a~1", data: { unknown: true } }]);
    const third = await m.boot(text, {}, { model });
    await third.settle();
    expect(paid).toBe(2);
  });

  test("read answered, not durable: read again", async () => {
    const m = machine();
    const [before, after] = [calls(), calls()];
    await crash(m, flow("  - { id: a, tool: r, with: { n: 1 } }\n  - { id: b, tool: k, with: { n: 2 } }"), { at: "step.completed", when: "before" }, before, after);
    expect(before.made.map((one) => one.charAt(0))).toEqual(["r"]);
    expect(after.made.map((one) => one.charAt(0))).toEqual(["r", "k"]);
  });

  test("result durable, next intent not: replay returns the result; next step runs", async () => {
    const m = machine();
    const after = calls();
    await crash(m, ONE, { at: "step.completed", when: "after" }, calls(), after);
    const { run } = await m.only();
    expect(after.made).toEqual([`k ${idempotencyKey(run, "b")}`]);
  });

  test("map item 3 of 6: recorded ones are memoised, order is irrelevant", async () => {
    const text = flow('  - { id: all, map: { over: "[1, 2, 3, 4, 5, 6]", as: x, concurrency: 1, rest: finish }, do: [ { id: q, tool: k, with: { n: "${x}" } } ] }\nvalue: "${sum(steps.all.map(i, i.n))}"');
    const m = machine();
    let seen = 0;
    const first: ToolFake = (input) => {
      seen += 1;
      return seen === 3 ? new Promise<Json>(() => undefined) : input;
    };
    const dead = await m.boot(text, { k: first });
    await dead.send("in", [{ n: 1 }]);
    await turns(40);
    const after = calls();
    const p = await m.boot(text, after.tools);
    await p.settle();
    const { run } = await m.only();
    expect((await m.events(run)).at(-1)).toMatchObject({ data: { output: 21 } });
    expect(after.made).toEqual([3, 4, 5, 6].map((n) => `k ${idempotencyKey(run, `all[${n - 1}]/q`)}`));
  });

  test("join: any: winner's completed + decided are one item", async () => {
    const text = flow("  - id: fan\n    parallel: { join: any }\n    branches:\n      one: [ { id: x, tool: r, with: { n: 1 } } ]\n      two: [ { id: y, tool: r, with: { n: 2 } } ]\n  - { id: z, tool: k, with: { n: 3 } }");
    const m = machine();
    const seen: string[][] = [];
    const { commit } = m.store;
    m.store.commit = (items) => {
      for (const { events } of items) seen.push(events.map(({ type }) => type));
      return commit(items);
    };
    const after = calls();
    await crash(m, text, { at: "step.decided", when: "after" }, { made: [], tools: { r: (input) => (typeof input === "object" && input !== null && "n" in input && input.n === 1 ? input : new Promise<Json>(() => undefined)), k: (input) => input } }, after);
    expect(await m.only()).toMatchObject({ status: "completed" });
    expect(seen.find((types) => types.includes("step.decided"))).toContain("step.completed");
    expect(after.made.map((one) => one.charAt(0))).not.toContain("w");
  });

  test("emit committed, not published: published late · published, not marked: published twice, same id", async () => {
    for (const [cut, times] of [[{ at: "publish", when: "before" }, 1], [{ at: "publish", when: "after" }, 2], [{ at: "published", when: "before" }, 2]] as const) {
      const m = machine();
      const p = await crash(m, ONE, cut, calls(), calls());
      const ids = (await p.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"]);
      expect({ cut, ids: ids.length, different: new Set(ids).size }).toEqual({ cut, ids: times, different: 1 });
    }
  });

  test("signal appended, not acked: dropped by signal id", async () => {
    const text = flow('  - { id: q, ask: { question: "ok?", output: boolean } }\n  - { id: a, tool: k, with: { n: 1 } }');
    const m = machine();
    const first = await m.boot(text, calls().tools);
    await first.send("in", [{ n: 1 }]);
    await first.settle();
    const { run } = await m.only("parked");
    await m.store.putInbox({ id: "i", run, at: 0, by: "me", request: { kind: "answer", path: "q", payload: true } });
    void m.boot(text, calls().tools, { cut: { at: "signal.received", when: "after" } });
    await turns(20);
    const after = calls();
    const p = await m.boot(text, after.tools);
    await p.settle();
    expect(await m.only()).toMatchObject({ status: "completed" });
    expect((await m.events(run)).filter(({ type }) => type === "signal.received")).toHaveLength(1);
    expect(after.made).toHaveLength(1);
  });

  test("between last check and drop (park): the mailbox is serial, the signal waits, then cold wake", async () => {
    const text = flow('  - { id: q, ask: { question: "ok?", output: boolean } }\n  - { id: a, tool: k, with: { n: 1 } }');
    const m = machine();
    const hold = Promise.withResolvers<void>();
    const { commit } = m.store;
    m.store.commit = async (items) => {
      if (items.some(({ events }) => events.some(({ type }) => type === "run.parked"))) await hold.promise;
      return commit(items);
    };
    const after = calls();
    const p = await m.boot(text, after.tools);
    await p.send("in", [{ n: 1 }]);
    await turns(20);
    const { run } = await m.only();
    const answered = ask(p, run, { kind: "answer", path: "q", payload: true });
    const cancelled = ask(p, run, { kind: "answer", path: "q", payload: false });
    await turns(10);
    hold.resolve();
    expect(await answered).toEqual({ is: "accepted" });
    expect(await cancelled).toMatchObject({ is: "refused" });
    await p.settle();
    expect(await m.only()).toMatchObject({ status: "completed" });
    expect(after.made).toHaveLength(1);
    expect((await m.events(run)).filter(({ type }) => type === "run.owned")).toHaveLength(1);
  });

  test("a time that was over while nobody served starts nothing new", async () => {
    const text = flow("  - { id: a, tool: r, with: { n: 1 } }\n  - { id: b, tool: k, with: { n: 2 } }", "timeout: 1h");
    const m = machine();
    const dead = await m.boot(text, { r: () => new Promise<Json>(() => undefined), k: (input) => input });
    await dead.send("in", [{ n: 1 }]);
    await turns(20);
    await m.kill();
    await m.clock.advance(7_200_000);
    const after = calls();
    const p = await m.boot(text, after.tools);
    await p.settle();
    expect(await m.only()).toMatchObject({ status: "failed", error: { code: "timeout" } });
    expect(after.made).toEqual([]);
  });

  test("a failure that was recorded stays one: nothing is tried again", async () => {
    const text = flow("  - { id: a, tool: k, with: { n: 1 } }");
    const m = machine();
    const after = calls();
    await crash(m, text, { at: "step.failed", when: "after" }, { made: [], tools: { k: () => Promise.reject(new StepError("refused", "no")) } }, after);
    expect(await m.only()).toMatchObject({ status: "failed", error: { code: "refused" } });
    expect(after.made).toEqual([]);
  });
});
