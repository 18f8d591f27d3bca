import { StepError } from "../../../src/core/errors.js";
import { describe, expect, test } from "vitest";
import type { Bus } from "../../../src/core/ports/bus.js";
import { loadFlows, type ToolFake, world, type World } from "../../support/runtime.js";
import { ask, machine, type Machine } from "./restart.js";

const QUOTES = `flowctl: v1
flow: quotes
topics: { asked: { message: { fields: { id: string } } }, given: { message: { fields: { id: string } } } }
on: { topic: asked, from: earliest, reply: given }
input: { fields: { id: string } }
value: { id: "price of \${input.id}" }
`;
const HEAD = `---
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, asked: { message: In }, given: { message: In }, paid: { message: In, key: msg.id }, out: { message: In } }
tools:
  k: { module: ./tools.ts#k, input: In, output: In, effect: write, idempotency: key }
  quote: { request: { topic: asked, reply: given, timeout: 5s }, input: In, output: In, effect: read }
on: { topic: in }
`;
const OLD = `${QUOTES}${HEAD}
steps:
  - { id: go, wait: { signal: go } }
  - { id: far, tool: k, queue: far, with: "\${input}" }
  - { id: quoted, tool: quote, with: "\${input}" }
  - { id: paid, wait: { topic: paid, key: "\${input.id}" } }
  - { emit: out, with: { id: "\${steps.quoted.id}" } }
`;
const NEW = `${QUOTES}${HEAD.replace(/^ {2}quote:.*\n/m, "")}
steps: [ { emit: out, with: "\${input}" } ]
`;
const k: ToolFake = (input) => input;

/** A run of the old version that has all of it before it. */
async function begun(m: Machine) {
  const first = await m.boot(OLD, { k });
  await first.send("in", [{ id: "a" }]);
  await first.settle();
  return { first, run: (await m.only("parked")).run };
}

describe("I37: what an open run needs to be read, and the flows that are served have no more", () => {
  for (const [what, files] of [["with another version", NEW], ["without its flow", QUOTES]] as const) {
    test(`tasks, answers and messages are read in a process ${what}`, async () => {
      const m = machine();
      const { run } = await begun(m);
      const second = await m.boot(files, { k });
      await ask(second, run, { kind: "signal", name: "go", payload: null });
      await second.settle();
      await second.send("paid", [{ id: "a" }], { key: () => "a" });
      await second.settle();
      expect(await m.store.run(run)).toMatchObject({ status: "completed" });
      expect(await second.read("out")).toEqual([{ id: "price of a" }]);
    });
  }

  test("and after another version took the place of its own", async () => {
    const m = machine();
    const { first, run } = await begun(m);
    const next = loadFlows(NEW).find(({ plan }) => plan.id === "f");
    if (next === undefined) throw new Error("no flow");
    await first.runtime.replace(next);
    await ask(first, run, { kind: "signal", name: "go", payload: null });
    await first.settle();
    await first.send("paid", [{ id: "a" }], { key: () => "a" });
    await first.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("and of a failed run of it that goes on", async () => {
    const m = machine();
    const failing = OLD.replace("  - { id: far, tool: k, queue: far, with: \"${input}\" }\n  - { id: quoted, tool: quote, with: \"${input}\" }\n", "  - { id: once, tool: k, with: \"${input}\" }\n").replace("steps.quoted.id", "steps.once.id");
    let fails = true;
    const tool: ToolFake = (input) => {
      if (fails) throw new StepError("refused", "no", { outcome: "not_applied" });
      return input;
    };
    const first = await m.boot(failing, { k: tool });
    await first.send("in", [{ id: "a" }]);
    await first.settle();
    const { run } = await m.only("parked");
    await ask(first, run, { kind: "signal", name: "go", payload: null });
    await first.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "failed" });
    fails = false;
    const second = await m.boot(NEW, { k: tool });
    await ask(second, run, { kind: "reopen" });
    await second.settle();
    expect((await m.store.run(run))?.waits).toMatchObject([{ kind: "message", path: "paid" }]);
    await second.send("paid", [{ id: "a" }], { key: () => "a" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("and of a topic that could not be read for a while: the process is held by nothing when it ends", async () => {
    const m = machine();
    const { first, run } = await begun(m);
    await ask(first, run, { kind: "signal", name: "go", payload: null });
    await first.settle();
    expect((await m.store.run(run))?.waits).toMatchObject([{ kind: "message", path: "paid" }]);
    await first.runtime.close();
    let away = true;
    const bus = (inner: Bus): Bus => ({ ...inner, subscribe: (options) => (away && options.topic === "paid" ? Promise.reject(new Error("away")) : inner.subscribe(options)) });
    const boot = (seed: number): World => world(NEW, { k }, { store: m.store, keepBus: m.bus, clock: m.clock, bus, seed });
    const ended = boot(8);
    await ended.runtime.start();
    await m.clock.advance(1_000);
    expect(ended.notices).toEqual([expect.stringContaining("open runs of an older version of `f` need `paid`")]);
    await ended.runtime.close();
    expect(m.clock.pending()).toBe(0);
    const second = boot(9);
    await second.runtime.start();
    await m.clock.advance(1_000);
    away = false;
    await m.clock.advance(30_000);
    await second.send("paid", [{ id: "a" }], { key: () => "a" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    await second.runtime.close();
  });
});
