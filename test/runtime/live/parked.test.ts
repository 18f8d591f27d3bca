import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import { type ToolFake, world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { ask, machine } from "./restart.js";

const FLOW = `
flowctl: v1
flow: approve
types: { In: { fields: { id: string } } }
topics:
  asks: { message: In }
  done: {}
tools:
  look: { module: ./tools.ts#look, input: In, output: In, effect: read }
  book: { module: ./tools.ts#book, input: In, output: In, effect: write, idempotency: key }
on: { topic: asks }
steps:
  - { id: look, tool: look, with: "\${input}" }
  - { id: ok, ask: { question: "Ship \${input.id}?", output: { fields: { approved: boolean } }MORE } }
  - { id: book, tool: book, with: "\${input}" }
  - { emit: done, with: { id: "\${steps.book.id}", approved: "\${steps.ok.approved}" } }
value: "\${steps.ok.approved}"
`;
const flow = (more = ""): string => FLOW.replace("MORE", more);
const TIMED = flow(", timeout: 1h, on_timeout: { approved: false }");

function counted(): { readonly calls: string[]; readonly tools: Readonly<Record<string, ToolFake>> } {
  const calls: string[] = [];
  const tool = (name: string): ToolFake => (input) => {
    calls.push(name);
    return input;
  };
  return { calls, tools: { look: tool("look"), book: tool("book") } };
}
const yes = { kind: "answer", path: "ok", payload: { approved: true } } as const;

describe("answers", () => {
  test("to a run that is not in memory, by the process that parked it: nothing recorded is done again", async () => {
    const { calls, tools } = counted();
    const m = machine();
    const p = await m.boot(flow(), tools);
    await p.send("asks", [{ id: "a" }]);
    await p.settle();
    const { run } = await m.only("parked");
    expect(p.runtime.stats()).toMatchObject({ parked: 1 });
    expect(await ask(p, run, yes)).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed", waits: [] });
    expect(calls).toEqual(["look", "book"]);
    expect(await p.read("done")).toEqual([{ id: "a", approved: true }]);
    expect(p.runtime.stats()).toMatchObject({ parked: 0, completed: 1 });
  });

  test("after a restart", async () => {
    const { calls, tools } = counted();
    const m = machine();
    const first = await m.boot(flow(), tools);
    await first.send("asks", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    const second = await m.boot(flow(), tools);
    await second.settle();
    expect(calls).toEqual(["look"]);
    expect(await ask(second, run, yes)).toEqual({ is: "accepted" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["look", "book"]);
    expect((await m.events(run)).map(({ type }) => type)).toContain("run.owned");
  });

  test("two answers: the first counts, and the same one again is no second", async () => {
    const { tools } = counted();
    const m = machine();
    const p = await m.boot(flow(), tools);
    await p.send("asks", [{ id: "a" }]);
    await p.settle();
    const { run } = await m.only("parked");
    const [one, two] = await Promise.all([ask(p, run, yes, "first"), ask(p, run, { ...yes, payload: { approved: false } }, "second")]);
    expect(one).toEqual({ is: "accepted" });
    expect(two).toMatchObject({ is: "refused", why: expect.stringMatching(/already_decided|ended/) });
    await p.settle();
    expect(await ask(p, run, yes, "first")).toEqual({ is: "accepted" });
    expect(await ask(p, run, yes, "third")).toMatchObject({ is: "refused", why: "ended" });
    expect(await p.read("done")).toEqual([{ id: "a", approved: true }]);
  });

  test("that do not fit, at another path, to another run", async () => {
    const { tools } = counted();
    const m = machine();
    const p = await m.boot(flow(), tools);
    await p.send("asks", [{ id: "a" }]);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, { ...yes, payload: { approved: "yes" } })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("approved") });
    expect(await ask(p, run, { ...yes, path: "book" })).toMatchObject({ is: "refused", why: "not_waiting", message: expect.stringContaining("`ok`") });
    expect(await ask(p, "aa-nobody", yes)).toMatchObject({ is: "refused", why: "no_such_run" });
    expect(await m.store.run(run)).toMatchObject({ status: null });
  });

  test("too late, after the time is over", async () => {
    const { tools } = counted();
    const m = machine();
    const p = await m.boot(TIMED, tools);
    await p.send("asks", [{ id: "a" }]);
    await p.settle();
    const { run } = await m.only("parked");
    await m.clock.advance(3_600_000);
    await p.settle();
    expect(await ask(p, run, yes)).toMatchObject({ is: "refused", why: "ended" });
    expect(await p.read("done")).toEqual([{ id: "a", approved: false }]);
  });

  test("signal stored, not appended: what was put on the file while nobody served is acted on", async () => {
    const { tools } = counted();
    const m = machine();
    const first = await m.boot(flow(), tools);
    await first.send("asks", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    await m.store.putInbox({ id: "i1", run, at: m.clock.now(), by: "cli", request: yes });
    await m.store.putInbox({ id: "i2", run, at: m.clock.now(), by: "cli", request: { ...yes, payload: { approved: false } } });
    const second = await m.boot(flow(), tools);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(await second.read("done")).toEqual([{ id: "a", approved: true }]);
    expect(await m.store.inbox(shardOf(run), 10)).toEqual([]);
  });
});

describe("timers (I15)", () => {
  test("timer due while nobody owns the shard: fires at takeover", async () => {
    const { calls, tools } = counted();
    const m = machine();
    const first = await m.boot(TIMED, tools);
    await first.send("asks", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    expect(await m.store.timers(shardOf(run), Infinity, 10)).toMatchObject([{ run, path: "" }]);
    const second = await m.boot(TIMED, tools);
    await m.clock.advance(3_599_000);
    expect(await m.store.run(run)).toMatchObject({ status: null });
    await m.clock.advance(1_000);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["look", "book"]);
    expect(await m.store.timers(shardOf(run), Infinity, 10)).toEqual([]);
  });

  test("overdue at the start", async () => {
    const { tools } = counted();
    const m = machine();
    const first = await m.boot(TIMED, tools);
    await first.send("asks", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    await first.runtime.close();
    await m.clock.advance(7_200_000);
    expect(await m.store.run(run)).toMatchObject({ status: null });
    const second = await m.boot(TIMED, tools);
    await m.clock.advance(0);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("a deadline around the wait", async () => {
    const { tools } = counted();
    const m = machine();
    const text = flow().replace("value: ", "timeout: 2h\ncatch: [ { on: [timeout], value: false } ]\nvalue: ");
    const first = await m.boot(text, tools);
    await first.send("asks", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    const second = await m.boot(text, tools);
    await m.clock.advance(7_199_000);
    expect(await m.store.run(run)).toMatchObject({ status: null });
    await m.clock.advance(2_000);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect((await m.events(run)).at(-1)).toMatchObject({ data: { output: false } });
  });
});

const HIDDEN = `
flowctl: v1
flow: hidden
topics: { asks: { message: { fields: { id: string } } } }
tools: { book: { module: ./tools.ts#book, input: { fields: { id: string } }, effect: write } }
on: { topic: asks }
steps: [ { id: book, tool: book, with: "\${input}", timeout: 10s } ]
`;

describe("an incident", () => {
  test("is what the run waits for, also where a time limit around it ends while the run parks", async () => {
    // The answer is lost a bit before the time is over, so that in some of these the time ends while the rest is stored.
    for (let answered = 9_900; answered <= 10_000; answered += 5) {
      const clock = virtualClock();
      const inner = createMemoryStore();
      const later = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
      const store: Store = { ...inner, commit: async (items) => (await later(20), inner.commit(items)) };
      const w = world(HIDDEN, { book: async () => (await later(answered), Promise.reject(new StepError("unavailable", "gone", { outcome: "unknown" }))) }, { store, clock });
      await w.send("asks", [{ id: "a" }]);
      void w.runtime.start();
      await clock.advance(20_000);
      expect(await inner.runs({ limit: 1 }), `answered after ${answered} ms`).toMatchObject([{ status: null, waits: [{ kind: "incident", path: "book" }] }]);
      await w.settle();
    }
  });
});

describe("cancel", () => {
  test("a parked run, by the process that parked it and after a restart", async () => {
    const { calls, tools } = counted();
    const m = machine();
    const first = await m.boot(flow(), tools);
    await first.send("asks", [{ id: "a" }, { id: "b" }]);
    await first.settle();
    const [one, two] = await m.store.runs({ limit: 10, state: "parked" });
    if (one === undefined || two === undefined) throw new Error("two runs are parked");
    expect(await ask(first, one.run, { kind: "cancel", reason: "no stock" })).toEqual({ is: "accepted" });
    await first.settle();
    const second = await m.boot(flow(), tools);
    expect(await ask(second, two.run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await second.settle();
    expect(await m.store.run(one.run)).toMatchObject({ status: "cancelled" });
    expect(await m.store.run(two.run)).toMatchObject({ status: "cancelled" });
    expect(calls).toEqual(["look", "look"]);
    expect(await ask(second, two.run, { kind: "cancel" })).toMatchObject({ is: "refused", why: "ended" });
  });

  test("is honoured on replay: a process that ended after the request was recorded", async () => {
    const { calls, tools } = counted();
    const hold = Promise.withResolvers<void>();
    const m = machine();
    const first = await m.boot(flow(), { ...tools, look: async (input) => (await hold.promise, input) });
    await first.send("asks", [{ id: "a" }]);
    await turns(10);
    const { run } = await m.only("running");
    void ask(first, run, { kind: "cancel" });
    await turns(10);
    expect((await m.events(run)).some(({ type }) => type === "run.cancel_requested")).toBe(true);
    const second = await m.boot(flow(), tools);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(calls).toEqual([]);
  });
});
