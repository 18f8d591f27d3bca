import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import type { ToolFake } from "../../support/runtime.js";
import { ask, machine } from "./restart.js";

const flow = (to: string, more = ""): string => `
flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } }, key: msg.id }, told: { message: Question, key: msg.id }, out: {} }
tools: { chat: { module: ./tools.ts#chat, input: { fields: { text: string } }, effect: write, idempotency: key } }
on: in
steps:
  - { id: ok, ask: { question: "Ship \${input.id}?", show: "\${input}", output: { fields: { approved: boolean } }, to: ${to}${more} } }
  - { emit: out, with: "\${steps.ok}" }
`;
const CHAT = `{ tool: chat, with: { text: "\${asked.question} \${input.id}" } }`;
const yes = { kind: "answer", path: "ok", payload: { approved: true } } as const;

/** A tool, and the keys and inputs of its calls. */
function chat(answer: (nth: number) => Promise<null>): { readonly calls: (readonly [key: string, input: unknown])[]; readonly tools: Readonly<Record<string, ToolFake>> } {
  const calls: (readonly [string, unknown])[] = [];
  return { calls, tools: { chat: (input, { key }) => (calls.push([key, input]), answer(calls.length)) } };
}
const away = (): Promise<null> => Promise.reject(new StepError("unavailable", "503", { outcome: "unknown" }));

describe("a question goes to a topic", () => {
  test("with all that an answer needs, and is answered as it says", async () => {
    const m = machine();
    const p = await m.boot(flow("told", ", timeout: 1h, on_timeout: { approved: false }, default: { approved: true }"));
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    const { run } = await m.only("parked");
    const told = await p.readDeliveries("told");
    expect(told.map(({ headers, key }) => [headers["flowctl-id"], key])).toEqual([[`${run}/ok!to/0`, `${run}/ok`]]);
    expect(JSON.parse(String(told[0]?.body))).toEqual({
      id: `${run}/ok`, run, flow: "f", path: "ok", question: "Ship a?", show: { id: "a" }, default: { approved: true },
      until: "2026-01-01T01:00:00.000Z", schema: expect.objectContaining({ required: ["approved"] }), answer: `flowctl runs answer ${run} 'ok' JSON`,
    });
    expect(await ask(p, run, yes)).toEqual({ is: "accepted" });
    await p.settle();
    expect(await p.read("out")).toEqual([{ approved: true }]);
  });

  test("once, whatever process was cut off around it", async () => {
    for (const at of ["message.emitted", "publish", "published", "run.parked"] as const) {
      for (const when of ["before", "after"] as const) {
        const m = machine();
        await m.boot(flow("told"), {}, { cut: { at, when } });
        await m.bus.publish([{ topic: "in", key: null, id: "s", headers: {}, body: '{"id":"a"}' }]);
        await m.clock.advance(1000);
        const q = await m.boot(flow("told"));
        await q.settle();
        expect(new Set((await q.readDeliveries("told")).map(({ headers }) => headers["flowctl-id"])).size, `${when} ${at}`).toBe(1);
        expect(await m.only("parked")).toMatchObject({ waits: [{ kind: "ask", to: "told" }] });
      }
    }
  });
});

describe("a question goes to a tool", () => {
  test("that is slow: the answer does not wait for it, and what is behind it goes on", async () => {
    const m = machine();
    const { calls, tools } = chat(() => new Promise((resolve) => void m.clock.after(20_000, () => resolve(null))));
    const p = await m.boot(flow(CHAT), tools);
    await p.send("in", [{ id: "a" }]);
    await m.clock.advance(100);
    const { run } = await m.only();
    expect(await ask(p, run, yes)).toEqual({ is: "accepted" });
    await m.clock.advance(100);
    expect(await p.read("out")).toEqual([{ approved: true }]);
    await p.settle();
    expect(calls).toEqual([[idempotencyKey(run, "ok!to"), { text: "Ship a? a" }]]);
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("that is away: it is tried again under one key, over parking and restarts, until it succeeds", async () => {
    const m = machine();
    const { calls, tools } = chat((nth) => (nth < 15 ? away() : Promise.resolve(null)));
    const p = await m.boot(flow(CHAT), tools);
    await p.send("in", [{ id: "a" }]);
    await m.clock.advance(60_000);
    const { run, waits } = await m.only("parked");
    expect(waits.map(({ kind, path }) => [kind, path])).toContainEqual(["ask", "ok"]);
    const before = calls.length;
    expect(before).toBeGreaterThan(3);
    const q = await m.boot(flow(CHAT), tools);
    await m.clock.advance(10 * 3_600_000);
    await q.settle();
    expect(calls).toHaveLength(15);
    expect(new Set(calls.map(([key]) => key)).size).toBe(1);
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "ask", path: "ok" }] });
    expect(await ask(q, run, yes)).toEqual({ is: "accepted" });
    await q.settle();
    expect(await q.read("out")).toEqual([{ approved: true }]);
    expect((await m.events(run)).filter(({ type }) => type === "incident.opened")).toEqual([]);
  });

  test("that is away for good: the question is answered all the same, and then nobody is told any more", async () => {
    const m = machine();
    const { calls, tools } = chat(away);
    const p = await m.boot(flow(CHAT), tools);
    await p.send("in", [{ id: "a" }]);
    await m.clock.advance(600_000);
    const { run } = await m.only();
    expect(await ask(p, run, yes)).toEqual({ is: "accepted" });
    await p.settle();
    const made = calls.length;
    await m.clock.advance(24 * 3_600_000);
    expect(calls).toHaveLength(made);
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("that refuses: the run says so, once, and the question stands, also after a restart", async () => {
    const m = machine();
    const { calls, tools } = chat(() => Promise.reject(new StepError("refused", "no such room", { outcome: "not_applied" })));
    const p = await m.boot(flow(CHAT), tools);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    const q = await m.boot(flow(CHAT), tools);
    await q.settle();
    const { run } = await m.only("parked");
    await ask(q, run, yes);
    await q.settle();
    expect(calls).toHaveLength(1);
    expect((await m.events(run)).filter(({ path }) => path === "ok!to").map(({ type }) => type)).toEqual(["step.started", "step.failed"]);
    expect(await q.read("out")).toEqual([{ approved: true }]);
  });

  test("whose input cannot be made: the run says so, once, and the question stands", async () => {
    const m = machine();
    const { calls, tools } = chat(away);
    const text = flow(`{ tool: chat, with: { text: "\${[asked.question][1]}" } }`);
    const p = await m.boot(text, tools);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    const q = await m.boot(text, tools);
    await q.settle();
    const { run } = await m.only("parked");
    expect((await m.events(run)).filter(({ path }) => path === "ok!to")).toMatchObject([{ type: "step.failed", data: { error: { code: "expr" } } }]);
    expect(calls).toEqual([]);
  });

  test("of a branch that lost: nobody is told any more, and the run ends", async () => {
    const m = machine();
    const { calls, tools } = chat(away);
    const text = flow(CHAT).replace(/  - \{ id: ok, (ask: .*) \}\n  - .*\n/, (_, question: string) => `  - id: race\n    parallel: { join: any }\n    branches:\n      a: [ { id: x, ${question} } ]\n      b: [ { id: y, ${question} } ]\n  - { emit: out, with: "\${steps.race.winner}" }\n`);
    const p = await m.boot(text, tools);
    await p.send("in", [{ id: "a" }]);
    await m.clock.advance(60_000);
    const { run } = await m.only();
    expect(await ask(p, run, { ...yes, path: "race/y" })).toEqual({ is: "accepted" });
    await p.settle();
    const made = calls.length;
    await m.clock.advance(3_600_000);
    expect(calls).toHaveLength(made);
    expect(new Set(calls.map(([key]) => key))).toEqual(new Set([idempotencyKey(run, "race/x!to"), idempotencyKey(run, "race/y!to")]));
    expect(await p.read("out")).toEqual(["b"]);
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("a crash in the middle of the call calls it again, under the same key; a cancelled run calls nobody", async () => {
    const m = machine();
    const first = chat(() => new Promise(() => undefined));
    const p = await m.boot(flow(CHAT), first.tools);
    await p.send("in", [{ id: "a" }]);
    await m.clock.advance(100);
    const second = chat(() => new Promise(() => undefined));
    const q = await m.boot(flow(CHAT), second.tools);
    await m.clock.advance(100);
    expect(second.calls).toEqual(first.calls);
    const { run } = await m.only();
    expect(await ask(q, run, { kind: "cancel" })).toEqual({ is: "accepted" });
    await q.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(second.calls).toHaveLength(1);
  });
});
