import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/event.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, machine, type Machine } from "./restart.js";

/** The file behind the fakes, as the compiler hashes it. */
const BEGAN = createHash("sha256").update("export {};").digest("hex");

const flow = (more = ""): string => `
flowctl: v1
flow: f
${more}
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: {} }
tools:
  w: { module: ./tools.ts#w, input: In, output: In, effect: write, idempotency: key }
  r: { module: ./tools.ts#r, input: In, output: In, effect: read }
on: { topic: in }
steps:
  - { id: a, tool: w, with: "\${input}" }
  - { id: q, ask: { question: "ok?", output: boolean } }
  - { id: b, tool: r, with: "\${input}" }
  - { id: c, tool: w, with: "\${input}" }
  - { emit: out, with: "\${steps.c}" }
`;
/** Another version of it: new runs have another plan. */
const newer = (more?: string): string => flow(more).replace('question: "ok?"', 'question: "really?"');

const changes = (events: readonly RunEvent[]): readonly unknown[] => events.flatMap((event) => (event.type === "code.changed" ? [[event.path, event.data]] : []));
const codes = (events: readonly RunEvent[]): readonly unknown[] => events.flatMap((event) => (event.type === "step.started" ? [[event.path, event.data.code]] : []));

/** A run that has called the module once, and waits. */
async function waiting(more = ""): Promise<{ readonly m: Machine; readonly run: string; readonly calls: string[]; readonly fakes: Readonly<Record<"w" | "r", () => { id: string }>> }> {
  const m = machine();
  const calls: string[] = [];
  const fake = (name: string) => () => (calls.push(name), { id: "x" });
  const fakes = { w: fake("w"), r: fake("r") };
  const p = await m.boot(flow(more), fakes, { code: () => BEGAN });
  await p.send("in", [{ id: "x" }]);
  await p.settle();
  return { m, run: (await m.only("parked")).run, calls, fakes };
}

describe("the code of modules (I37)", () => {
  test("a write records the code that it calls; the same code again says nothing", async () => {
    const { m, run, fakes } = await waiting();
    const p = await m.boot(newer(), fakes, { code: () => BEGAN });
    await ask(p, run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    const events = await m.events(run);
    expect(events.at(-1)).toMatchObject({ type: "run.finished", data: { status: "completed" } });
    expect(codes(events)).toEqual([["a", BEGAN], ["c", BEGAN]]);
    expect(changes(events)).toEqual([]);
  });

  test("a run goes on with other code, and says so once for each file and change", async () => {
    const { m, run, fakes, calls } = await waiting();
    const p = await m.boot(newer(), fakes, { code: () => "other" });
    await ask(p, run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    const events = await m.events(run);
    expect(events.at(-1)).toMatchObject({ type: "run.finished", data: { status: "completed" } });
    expect(changes(events)).toEqual([["b", { file: "tools.ts", code: "other" }]]);
    expect(codes(events)).toEqual([["a", BEGAN], ["c", "other"]]);
    // What is recorded is not computed again.
    expect(calls).toEqual(["w", "r", "w"]);
  });

  test("a process that goes on with what another one said says it no more", async () => {
    const { m, run, fakes } = await waiting();
    const second = await m.boot(newer(), { ...fakes, w: () => new Promise<never>(() => undefined) }, { code: () => "other" });
    await ask(second, run, { kind: "answer", path: "q", payload: true });
    await turns(20);
    const third = await m.boot(newer(), fakes, { code: () => "other" });
    await third.settle();
    expect(changes(await m.events(run))).toEqual([["b", { file: "tools.ts", code: "other" }]]);
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("`pin`: nothing of it is run with other code; it goes on when the file is as it was", async () => {
    const { m, run, fakes, calls } = await waiting("pin: true");
    const second = await m.boot(newer("pin: true"), fakes, { code: () => "other" });
    await ask(second, run, { kind: "answer", path: "q", payload: true });
    await second.settle();
    expect(calls).toEqual(["w"]);
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident", path: "", question: expect.stringContaining("`tools.ts` is not the code that the run began with") }] });
    for (const action of ["skip", "resolve"] as const) expect(await ask(second, run, { kind: "resolve", path: "", action })).toMatchObject({ is: "refused" });
    const third = await m.boot(newer("pin: true"), fakes, { code: () => BEGAN });
    await third.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["w", "r", "w"]);
    expect(changes(await m.events(run))).toEqual([]);
  });

  test("`pin`: code that changes under a run stops it at its next call, until the file is as it was", async () => {
    const m = machine();
    let code = BEGAN;
    const calls: string[] = [];
    const fake = (name: string) => () => (calls.push(name), { id: "x" });
    const p = await m.boot(flow("pin: true"), { w: fake("w"), r: fake("r") }, { code: () => code });
    await p.send("in", [{ id: "x" }]);
    await p.settle();
    const { run } = await m.only("parked");
    code = "other";
    await ask(p, run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    expect(calls).toEqual(["w"]);
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "incident", path: "b" }] });
    for (const action of ["skip", "resolve"] as const) expect(await ask(p, run, { kind: "resolve", path: "b", action, ...(action === "resolve" ? { output: { id: "y" } } : {}) })).toMatchObject({ is: "refused", why: "invalid" });
    const retry = { kind: "resolve", path: "b", action: "retry" } as const;
    expect(await ask(p, run, retry)).toEqual({ is: "accepted" });
    await p.settle();
    expect(calls).toEqual(["w"]);
    code = BEGAN;
    expect(await ask(p, run, retry)).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["w", "r", "w"]);
  });
});
