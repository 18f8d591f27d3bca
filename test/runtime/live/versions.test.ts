import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/json.js";
import { loadFlows, type ToolFake, type World } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, machine, type Machine } from "./restart.js";

const flow = (version: string, tool = "k"): string => `
flowctl: v1
flow: { id: f, version: ${version} }
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: { message: { fields: { id: string, version: string } } } }
tools:
  ${tool}: { module: ./tools.ts#k, input: In, output: In, effect: write, idempotency: key }
on: { topic: in }
steps:
  - { id: q, ask: { question: "ok?", output: boolean } }
  - { id: a, tool: ${tool}, with: "\${input}" }
  - { emit: out, with: { id: "\${input.id}", version: "${version}" } }
`;
const k: ToolFake = (input) => input;
const versions = (messages: readonly Json[]): Json[] => messages.map((message) => (typeof message === "object" && message !== null && "version" in message ? (message.version ?? null) : null));

describe("versions (I37)", () => {
  test("a run keeps the plan that it was admitted under, over a restart with another one", async () => {
    const m = machine();
    const first = await m.boot(flow("1.0.0"), { k });
    await first.send("in", [{ id: "old" }]);
    await first.settle();
    const { run } = await m.only("parked");
    const second = await m.boot(flow("2.0.0"), { k });
    await second.send("in", [{ id: "new" }]);
    await second.settle();
    for (const one of await m.store.runs({ limit: 5, state: "parked" })) await ask(second, one.run, { kind: "answer", path: "q", payload: true });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(await second.read("out")).toEqual(expect.arrayContaining([{ id: "old", version: "1.0.0" }, { id: "new", version: "2.0.0" }]));
  });

  test("I38: nothing of a run is done whose plan has a form that this version does not read", async () => {
    const m = machine();
    const first = await m.boot(flow("1.0.0"), { k });
    await first.send("in", [{ id: "old" }]);
    await first.settle();
    const { run, hash } = await m.only("parked");
    const known = m.store.plan;
    // What a later flowctl, or one of long ago, may have written.
    Object.assign(m.store, { plan: async (one: string) => (one === hash ? JSON.parse(JSON.stringify({ ...(await known(one)), version: 3 })) : known(one)) });
    const calls: Json[] = [];
    const second = await m.boot(flow("2.0.0"), { k: (input) => { calls.push(input); return input; } });
    await ask(second, run, { kind: "answer", path: "q", payload: true });
    await second.settle();
    expect(calls).toEqual([]);
    expect(second.notices).toEqual([expect.stringContaining("its plan has the form 3, which this flowctl does not read")]);
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident" }] });
  });

  test("`replace`: new runs take the new plan, runs under way keep theirs", async () => {
    const m = machine();
    const p = await m.boot(flow("1.0.0"), { k });
    await p.send("in", [{ id: "old" }]);
    await p.settle();
    const [next] = loadFlows(flow("2.0.0"));
    if (next === undefined) throw new Error("no flow");
    await p.runtime.replace(next);
    await p.send("in", [{ id: "new" }]);
    await p.settle();
    for (const one of await m.store.runs({ limit: 5, state: "parked" })) await ask(p, one.run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    expect(versions(await p.read("out")).toSorted()).toEqual(["1.0.0", "2.0.0"]);
    expect(p.runtime.stats()).toMatchObject({ runs: 2, completed: 2 });
  });

  test("module missing: incident `unbindable`, nothing run; the run goes on once it is back", async () => {
    const m = machine();
    const first = await m.boot(flow("1.0.0", "gone"), { gone: k });
    await first.send("in", [{ id: "old" }]);
    await first.settle();
    const { run } = await m.only("parked");
    const second = await m.boot(flow("2.0.0"), { k });
    expect(await ask(second, run, { kind: "answer", path: "q", payload: true })).toEqual({ is: "accepted" });
    await second.settle();
    expect(second.runtime.stats()).toMatchObject({ unbindable: 1 });
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident", path: "", question: expect.stringContaining("gone") }] });
    expect(await m.store.counts()).toMatchObject({ incidents: 1 });
    const known = (await m.events(run)).length;
    // The journal does not grow with every start that changes nothing.
    await (await m.boot(flow("2.0.0"), { k })).settle();
    expect(await m.events(run)).toHaveLength(known);
    const third = await m.boot(flow("2.0.0"), { k, gone: k });
    await third.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed", waits: [] });
    expect((await m.events(run)).map(({ type }) => type)).toEqual(expect.arrayContaining(["incident.opened", "incident.resolved"]));
  });

  /** A run of an older version whose tool is gone, that stands as an incident. */
  async function stuck(text: (version: string, tool?: string) => string, before: (p: World, run: string) => Promise<unknown>): Promise<{ readonly m: Machine; readonly p: World; readonly run: string }> {
    const m = machine();
    const first = await m.boot(text("1.0.0", "gone"), { gone: k });
    await first.send("in", [{ id: "old" }]);
    await first.settle();
    const { run } = await m.only();
    const p = await m.boot(text("2.0.0"), { k });
    await before(p, run);
    await p.settle();
    return { m, p, run };
  }

  const answered = (p: World, run: string): Promise<unknown> => ask(p, run, { kind: "answer", path: "q", payload: true });

  test("a run that cannot go on is tried again when somebody asks for it; nothing gives its incident an output", async () => {
    const { m, p, run } = await stuck(flow, answered);
    const retry = { kind: "resolve", path: "", action: "retry" } as const;
    expect(await ask(p, run, retry)).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident", path: "" }] });
    for (const action of ["skip", "resolve"] as const) expect(await ask(p, run, { kind: "resolve", path: "", action })).toMatchObject({ is: "refused", why: "invalid" });
    const mended = await m.boot(flow("2.0.0"), { k, gone: k });
    await mended.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(await ask(mended, run, retry)).toMatchObject({ is: "refused", why: "ended" });
  });

  test("a run that cannot go on is ended by `cancel`, and frees its lane", async () => {
    const ordered = (version: string, tool?: string): string => flow(version, tool).replace("topic: in }", "topic: in, ordering: key }").replace("in: { message: In }", "in: { message: In, key: msg.id }");
    const { m, p, run } = await stuck(ordered, answered);
    await p.send("in", [{ id: "old" }]);
    await p.settle();
    expect(await m.store.runs({ limit: 5, state: "running" })).toHaveLength(1);
    expect(await ask(p, run, { kind: "cancel", reason: "given up" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled", waits: [], lane: null });
    expect((await m.events(run)).at(-1)).toMatchObject({ type: "run.finished", data: { status: "cancelled" } });
    expect(p.runtime.stats()).toMatchObject({ unbindable: 0, cancelled: 1 });
    // The one behind it has its turn.
    expect(await m.store.runs({ limit: 5, state: "parked" })).toMatchObject([{ waits: [{ kind: "ask" }] }]);
  });

  test("and gives back its lock", async () => {
    const locked = (version: string, tool?: string): string => flow(version, tool).replace("output: boolean } }", "output: boolean }, lock: \"'till'\" }");
    const { m, p, run } = await stuck(locked, answered);
    expect(await m.store.lockHead("till")).toMatchObject({ run });
    expect(await ask(p, run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(await m.store.lockHead("till")).toBeNull();
  });

  test("and tells the run that waits for it", async () => {
    const m = machine();
    const calling = (version: string, tool = "k"): string => flow(version, tool).replace("fields: { id: string } } }\ntopics", "fields: { id: string } } }\nlimits: { depth: 3 }\ninput: In\noutput: string\ntopics").replace("steps:", 'steps:\n  - { id: child, when: input.id == "old", call: f, with: { id: inner } }').concat(`value: "ok"\n`);
    const first = await m.boot(calling("1.0.0", "gone"), { gone: k });
    await first.send("in", [{ id: "old" }]);
    await first.settle();
    const rows = await m.store.runs({ limit: 5 });
    const [child, parent] = [rows.find(({ waits }) => waits[0]?.kind === "ask"), rows.find(({ waits }) => waits[0]?.kind === "child")];
    const p = await m.boot(calling("2.0.0"), { k });
    await ask(p, child?.run ?? "", { kind: "answer", path: "q", payload: true });
    await p.settle();
    expect(await ask(p, child?.run ?? "", { kind: "cancel" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(child?.run ?? "")).toMatchObject({ status: "cancelled" });
    expect((await m.events(parent?.run ?? "")).filter(({ type }) => type === "signal.received")).toMatchObject([{ data: { payload: { status: "cancelled" } } }]);
  });

  test("while a write of it is not settled, `cancel` does not end it: nobody knows whether it happened", async () => {
    const m = machine();
    const text = (version: string, tool: string): string => flow(version, tool).replace('  - { id: q, ask: { question: "ok?", output: boolean } }\n', "");
    const first = await m.boot(text("1.0.0", "gone"), { gone: () => new Promise<never>(() => undefined) });
    await first.send("in", [{ id: "old" }]);
    await turns(10);
    const { run } = await m.only();
    const second = await m.boot(text("2.0.0", "k"), { k });
    await second.settle();
    expect(await ask(second, run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident", path: "" }] });
    const third = await m.boot(text("2.0.0", "k"), { k, gone: k });
    await third.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
  });

  test("a closed runtime starts nothing more: what was under way is recorded, and no call is left in doubt", async () => {
    const text = `
flowctl: v1
flow: two
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { w: { module: ./tools.ts#w, input: In, output: In, effect: write } }
on: { topic: in }
steps: [ { id: a, tool: w, with: "\${input}" }, { id: b, tool: w, with: "\${input}" } ]
`;
    const m = machine();
    const calls: string[] = [];
    const hold = Promise.withResolvers<void>();
    const p = await m.boot(text, { w: async (input) => (calls.push("first"), await hold.promise, input) });
    await p.send("in", [{ id: "x" }]);
    await turns(10);
    const closing = p.runtime.close();
    await m.clock.advance(1_000);
    hold.resolve();
    await m.clock.advance(100);
    await closing;
    const { run } = await m.only("running");
    const recorded = (await m.events(run)).map(({ type, path }) => `${type} ${path ?? ""}`);
    expect(recorded).toContain("step.completed a");
    expect(recorded).not.toContain("step.started b");
    const second = await m.boot(text, { w: (input) => (calls.push("second"), input) });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["first", "second"]);
  });
});
