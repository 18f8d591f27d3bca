import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import type { Model } from "../../../src/core/ports/model.js";
import type { Store } from "../../../src/core/ports/store.js";
import { virtualClock, type VirtualClock } from "../../support/virtual-clock.js";
import { world, type World } from "../../support/runtime.js";

const flow = (budget: string, more = ""): string => `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { n: integer, who: string } }
models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }
agents: { a: { model: m, instructions: "x", limits: { timeout: 5s }, input: { fields: { n: integer } }${more} } }
budget: ${budget}
policies: { once: { retry: { max: 1 } } }
steps: [ { agent: a, with: { n: "\${input.n}" }, policy: once } ]
value: "\${input.n}"
`;

/** Answers after a while, having used what the input says. */
const spender = (used: (n: number) => number | StepError, clock: VirtualClock): Model => ({
  complete: async ({ messages }) => {
    const text = messages.at(-1)?.role === "user" ? JSON.stringify(messages.at(-1)) : "";
    const n = Number(/\\"n\\":(\d+)/.exec(text)?.[1] ?? 0);
    await new Promise<void>((resolve) => void clock.after(10 + (n % 7), resolve));
    const usage = used(n);
    if (usage instanceof StepError) throw usage;
    return { text: "ok", toolCalls: [], usage: { in: 0, out: usage }, finish: "stop" };
  },
});

async function open(text: string, used: (n: number) => number | StepError, store: Store = createMemoryStore(), clock = virtualClock(), seed = 1): Promise<World> {
  const model = spender(used, clock);
  const made = world(text, {}, { store, clock, seed, model: async () => model });
  await made.runtime.start();
  return made;
}

/** All at once; how many ended how. */
async function runAll(made: World, inputs: readonly Json[]): Promise<readonly string[]> {
  const reports = Promise.all(inputs.map((input) => made.runtime.manual("f", input)));
  let done = false;
  reports.finally(() => (done = true)).catch(() => undefined);
  for (let times = 0; times < 400 && !done; times += 1) await made.clock.advance(20);
  return (await reports).map(({ status, error }) => error?.code ?? status);
}

async function close(made: World): Promise<void> {
  const closing = made.runtime.close();
  await made.clock.advance(10_000);
  await closing;
}

const spentOf = async ({ store }: World) => (await store.budgets({ limit: 100 })).map(({ scope, tokens }) => [JSON.parse(scope), tokens] as const);
const inputs = (count: number, who = "x"): readonly Json[] => Array.from({ length: count }, (_, n) => ({ n: n + 1, who }));

describe("a budget over runs", () => {
  it("is never passed, whatever runs at once, and leaves nothing held back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ used: fc.nat(100), fails: fc.constantFrom("no", "before", "billed") }), { minLength: 1, maxLength: 25 }), fc.integer({ min: 100, max: 1200 }), async (calls, cap) => {
        const sum = { settled: 0, most: 0 };
        const made = await open(flow(`{ tokens: ${cap}, per: day }`), (n) => {
          const call = calls[n - 1];
          if (call?.fails === "before") return new StepError("unavailable", "away");
          if (call?.fails === "billed") return new StepError("unavailable", "cut off", { outcome: "unknown" });
          sum.settled += call?.used ?? 0;
          return call?.used ?? 0;
        });
        const ends = await runAll(made, inputs(calls.length));
        const [[, total] = [null, 0]] = await spentOf(made);
        expect(total).toBeLessThanOrEqual(cap);
        // What is refused could have passed it: so much is the least that was used by then.
        if (!ends.includes("budget")) expect(ends).toHaveLength(calls.length);
        expect(total).toBeGreaterThanOrEqual(sum.settled);
        await close(made);
      }),
      { numRuns: 40 },
    );
  });

  it("counts each key and each day on its own, and the store remembers", async () => {
    const store = createMemoryStore();
    const clock = virtualClock();
    const text = flow("{ tokens: 250, per: day, key: input.who }");
    const first = await open(text, () => 90, store, clock);
    expect((await runAll(first, inputs(5, "ann"))).filter((end) => end === "completed")).toHaveLength(1);
    expect(await runAll(first, inputs(1, "bob"))).toEqual(["completed"]);
    await close(first);
    const second = await open(text, () => 90, store, clock, 2);
    expect(await runAll(second, inputs(1, "ann"))).toEqual(["completed"]);
    expect(await runAll(second, inputs(1, "ann"))).toEqual(["budget"]);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    expect(await spentOf(second)).toEqual([[["f", day, "ann"], 180], [["f", day, "bob"], 90]]);
    await clock.advance(86_400_000);
    expect(await runAll(second, inputs(1, "ann"))).toEqual(["completed"]);
    expect(await spentOf(second)).toHaveLength(3);
    await close(second);
  });

  it("only counts where it is audited", async () => {
    const made = await open(flow("{ tokens: 150, key: input.who, mode: audit }"), () => 90);
    expect(await runAll(made, inputs(4))).toEqual(["completed", "completed", "completed", "completed"]);
    expect(await spentOf(made)).toEqual([[["f", null, "x"], 360]]);
    expect(made.events.filter((event) => event.type === "step.decided" && event.data.what === "budget_audit").length).toBeGreaterThan(0);
    await close(made);
  });

  it("counts what was under way when the process ended at its reservation, once", async () => {
    const store = createMemoryStore();
    const clock = virtualClock();
    const text = flow("{ tokens: 1000, per: day }");
    const first = await open(text, () => 50, store, clock);
    void first.runtime.manual("f", { n: 1, who: "x" }).catch(() => undefined);
    await clock.advance(1);
    const [[, held] = [null, 0]] = await spentOf(first);
    expect(held).toBeGreaterThan(100);
    await close(first);
    const second = await open(text, () => 50, store, clock, 2);
    await second.settle();
    expect((await store.runs({ limit: 5 })).map(({ status }) => status)).toEqual(["completed"]);
    // The answer that the first process still got is recorded, or the call was made again beside the lost one.
    const [[, total] = [null, 0]] = await spentOf(second);
    expect([50, held + 50]).toContain(total);
    await close(second);
  });
});

