import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/event.js";
import type { Model } from "../../../src/core/ports/model.js";
import { close, journal, start } from "../../support/started.js";

const flow = (tokens: number, limits: string, steps: string): string => `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { ns: { type: array, items: { type: integer } } } }
models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }
agents: { a: { model: m, instructions: "x", input: { fields: { n: integer } }${limits} } }
budget: { tokens: ${tokens} }
steps:
${steps}`;
const EACH = `  - id: all
    map: { over: "input.ns", as: n, join: settled }
    do: [ { id: one, agent: a, queue: far, with: { n: "\${n}" } } ]
value: "\${size(steps.all.ok)}"
`;

/** Uses 100 tokens for each answer; `most` at once. */
function spender(wait: () => Promise<void>): { readonly model: () => Promise<Model>; readonly seen: { now: number; most: number; spent: number } } {
  const seen = { now: 0, most: 0, spent: 0 };
  const complete: Model["complete"] = async () => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await wait();
    seen.now -= 1;
    seen.spent += 100;
    return { text: "ok", toolCalls: [], usage: { in: 0, out: 100 }, finish: "stop" };
  };
  return { model: async () => ({ complete }), seen };
}

const dispatched = (events: readonly RunEvent[]): readonly unknown[] => events.flatMap((event) => (event.type === "step.dispatched" ? [[event.path, event.data.lent]] : []));

describe("I36: what tasks of a queue may spend of their run's budget", () => {
  it.each([
    ["all that is left, one after the other", 350, "", 1, 3],
    ["the limits of their agent, so many at once as that leaves room for", 450, ", limits: { tokens: 200 }", 2, 4],
  ])("is %s, and together no more than it", async (_what, tokens, limits, most, ok) => {
    const { model, seen } = spender(() => new Promise((resolve) => void made.clock.after(1000, resolve)));
    const made = await start(flow(tokens, limits, EACH), {}, { model });
    const report = made.runtime.manual("f", { ns: [1, 2, 3, 4, 5] });
    let done = false;
    report.finally(() => (done = true)).catch(() => undefined);
    for (let times = 0; times < 400 && !done; times += 1) await made.clock.advance(100);
    expect(await report).toMatchObject({ status: "completed", output: ok });
    expect(seen).toEqual({ now: 0, most, spent: ok * 100 });
  });

  const TWO = `  - id: both
    parallel: {}
    branches:
      first: [ { id: one, agent: a, queue: far, with: { n: 1 } } ]
      later: [ { id: q, ask: { question: "now?", output: boolean } }, { id: two, agent: a, queue: far, with: { n: 2 } } ]
`;

  it("is held back in the process that goes on with the run too, and a step that waits for it begins when it is given back", async () => {
    const first = await start(flow(450, "", TWO), {}, spender(() => new Promise(() => undefined)));
    first.runtime.manual("f", { ns: [] }).catch(() => undefined);
    await first.clock.advance(1000);
    const run = (await first.store.runs({ flow: "f", limit: 1 }))[0]?.run ?? "";
    expect(dispatched(await journal(first, run))).toEqual([["both/one", { tokens: 450 }]]);
    await close(first);
    const answered = Promise.withResolvers<void>();
    const second = await start(flow(450, "", TWO), {}, { store: first.store, keepBus: first.bus, clock: first.clock, seed: 2, ...spender(() => answered.promise) });
    await second.runtime.request({ id: "yes", run, at: 0, by: "ann", request: { kind: "answer", path: "both/q", payload: true } });
    await second.clock.advance(5000);
    expect(dispatched(await journal(second, run))).toHaveLength(1);
    answered.resolve();
    await second.clock.advance(5000);
    expect(dispatched(await journal(second, run)).slice(1)).toEqual([["both/two", { tokens: expect.any(Number) }]]);
    expect((await second.store.run(run))?.status).toBe("completed");
  });

  it("is waited for no longer than the run goes on", async () => {
    const made = await start(flow(350, "", EACH), {}, spender(() => new Promise(() => undefined)));
    made.runtime.manual("f", { ns: [1, 2] }).catch(() => undefined);
    await made.clock.advance(1000);
    const run = (await made.store.runs({ flow: "f", limit: 1 }))[0]?.run ?? "";
    await made.runtime.request({ id: "no", run, at: 0, by: "ann", request: { kind: "cancel" } });
    await made.clock.advance(5000);
    expect((await made.store.runs({ limit: 10 })).map((row) => `${row.flow} ${row.status ?? "open"}`).sort()).toEqual(["f cancelled", "f/all/one cancelled"]);
  });
});
