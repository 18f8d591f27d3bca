import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeRate, type Rate } from "../../../src/runtime/policy/rate.js";
import { createRates } from "../../../src/runtime/policy/rates.js";
import { collectGarbage } from "../../support/collect-garbage.js";
import { world, type World } from "../../support/runtime.js";

describe("a rate", () => {
  it("never begins more than its number in any time of its length, and lets nobody wait for nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 50 }), fc.array(fc.record({ after: fc.nat(30), late: fc.nat(40) }), { maxLength: 40 }), (max, window, callers) => {
        const rate = makeRate(max, window);
        const starts: number[] = [];
        let now = 0;
        // Each comes some time after the one before, and some time after it is told to come back.
        let coming = callers.map(({ after, late }, index) => ({ id: String(index), at: (now += after), late }));
        while (coming.length > 0) {
          coming = coming.toSorted((a, b) => a.at - b.at);
          const [next, ...rest] = coming;
          if (next === undefined) break;
          const until = rate.take(next.id, next.at);
          if (until === null) starts.push(next.at);
          else expect(until).toBeGreaterThan(next.at);
          coming = until === null ? rest : [...rest, { ...next, at: until + next.late, late: Math.max(next.late - 7, 0) }];
        }
        expect(starts).toHaveLength(callers.length);
        starts.forEach((at, index) => expect(starts[index + max] ?? Infinity).toBeGreaterThanOrEqual(at + window));
      }),
    );
  });

  it("gives all at once what nobody waits for", () => {
    const rate = makeRate(3, 1000);
    expect(["a", "b", "c", "d", "e"].map((id) => rate.take(id, 0))).toEqual([null, null, null, 1000, 1000]);
    expect(rate.take("d", 1000)).toBeNull();
    expect(rate.take("f", 1000)).toBeNull();
    expect(rate.take("g", 1000)).toBe(2000);
  });
});

describe("a rate that processes share (I19)", () => {
  /** Starts of processes that each always have somebody who waits, in the time from 0 to `until`. */
  const startsOf = (max: number, window: number, shares: readonly number[], until: number): readonly number[] =>
    shares
      .flatMap((share, worker) => {
        const rate = makeRate(max, window);
        const starts: number[] = [];
        for (let now = worker; now <= until; ) {
          const at = rate.take(String(starts.length), now, share);
          if (at === null) starts.push(now);
          else now = at;
        }
        return starts;
      })
      .toSorted((a, b) => a - b);

  it("is not passed by all together in the long run, and in one window by less than one a process", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 20, max: 100 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }), (max, window, parts) => {
        const all = parts.reduce((sum, part) => sum + part, 0);
        const shares = parts.map((part) => part / all);
        const starts = startsOf(max, window, shares, 30 * window);
        const inOne = Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + window).length));
        expect(inOne).toBeLessThan(max + shares.length);
        // Each begins with what it may do at once.
        expect(starts.length).toBeLessThanOrEqual(31 * max + shares.length);
        expect(starts.length).toBeGreaterThanOrEqual(30 * max - shares.length);
      }),
    );
  });

  it("has no look at all that wait for each that comes", { timeout: 5_000 }, () => {
    const rate = makeRate(1, 1);
    let last: number | null = null;
    for (let id = 0; id < 200_000; id += 1) last = rate.take(`r${id}`, 0);
    expect(last).toBe(199_999);
    expect(rate.take("r199999", 199_999)).toBe(null);
  });

  it("follows a share that becomes another one", () => {
    const rate = makeRate(4, 1000);
    expect(["a", "b", "c"].map((id) => rate.take(id, 0, 0.5))).toEqual([null, null, 1000]);
    // The third has its place in line already.
    expect(["d", "e", "f"].map((id) => rate.take(id, 1, 1))).toEqual([null, 1000, 1000]);
    expect(rate.take("g", 1100, 0.25)).toBe(2000);
  });
});

describe("rates by key", () => {
  const limit = { max: 1, window: 1000 };

  it("are kept as long as they say something, and no longer", async () => {
    const rates = createRates();
    const made: WeakRef<Rate>[] = [];
    for (let customer = 0; customer < 20_000; customer += 1) {
      const rate = rates.of(`c${customer}`, limit, customer * 100);
      expect(rate.take("a", customer * 100)).toBeNull();
      made.push(new WeakRef(rate));
    }
    await collectGarbage();
    // Those of the last second, and what has come since the last look.
    expect(made.filter((rate) => rate.deref() !== undefined).length).toBeLessThan(1100);
    expect(rates.of("c19999", limit, 1_999_900).take("b", 1_999_900)).toBe(2_000_900);
  });

  it("are kept as long as somebody waits", () => {
    const rate = makeRate(1, 1000);
    expect([rate.take("a", 0), rate.take("b", 0)]).toEqual([null, 1000]);
    expect(rate.isIdle(500_000)).toBe(false);
    expect(rate.take("b", 500_000)).toBeNull();
    expect([rate.isIdle(500_999), rate.isIdle(501_000)]).toEqual([false, true]);
    expect(rate.take("c", 600_000, 0.25)).toBeNull();
    expect([rate.isIdle(603_999), rate.isIdle(604_000)]).toEqual([false, true]);
  });
});

describe("a clock that is set back", () => {
  it("keeps nobody waiting for longer than the window", () => {
    const rate = makeRate(2, 1000);
    expect(["a", "b", "c"].map((id) => rate.take(id, 7_200_000))).toEqual([null, null, 7_201_000]);
    expect(rate.take("d", 100)).toBe(1100);
    expect(rate.take("c", 1100)).toBeNull();
    expect(rate.take("d", 1100)).toBeNull();
  });
});

const NUMBER = "{ fields: { n: integer, who: string } }";
const flow = (rate: string, step = ""): string => `flowctl: v1
flow: f
topics: { in: { message: ${NUMBER} } }
on: in
tools: { r: { module: ./tools.ts#r, input: ${NUMBER}, output: ${NUMBER}, effect: read } }
policies: { p: { rate: ${rate}, concurrency: 1 } }
steps: [ { id: a, tool: r, policy: p${step} } ]
value: "\${steps.a.n}"
`;

async function started(text: string): Promise<World & { readonly calls: (readonly [string, number])[] }> {
  const calls: (readonly [string, number])[] = [];
  const made = world(text, { r: (input) => (calls.push([JSON.parse(JSON.stringify(input)).who, Math.round(made.clock.now() / 1000)]), input) });
  await made.runtime.start();
  return { ...made, calls };
}
const close = async (made: World): Promise<void> => {
  const closing = made.runtime.close();
  await made.clock.advance(10_000);
  await closing;
};

describe("a policy's rate", () => {
  it("holds over all runs, for each key, in the order in which they came; a long wait parks", async () => {
    const made = await started(flow("{ max: 2, window: 1m, per: input.who }"));
    const began = Math.round(made.clock.now() / 1000);
    await made.send("in", [..."aaaaab"].map((who, n) => ({ n, who })));
    await made.clock.advance(1000);
    expect(made.calls.map(([who]) => who)).toEqual(["a", "a", "b"]);
    expect((await made.store.counts()).parked).toBe(3);
    await made.clock.advance(130_000);
    await made.settle();
    expect(made.calls.map(([who, at]) => [who, Math.floor((at - began) / 60)])).toEqual([["a", 0], ["a", 0], ["b", 0], ["a", 1], ["a", 1], ["a", 2]]);
    expect((await made.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => "completed"));
    await close(made);
  });

  it("counts into the step's time, and short waits stay in memory", async () => {
    const made = await started(flow("{ max: 1, window: 2s }", ", timeout: 5s, catch: [ { on: [timeout], value: { n: -1, who: x } } ]"));
    await made.send("in", [0, 1, 2, 3].map((n) => ({ n, who: "a" })));
    await made.settle();
    const outputs: unknown[] = [];
    for (const { run } of await made.store.runs({ limit: 10 })) for await (const event of made.store.read(run, 0)) if (event.type === "run.finished") outputs.push(event.data.output);
    expect(outputs.sort()).toEqual([-1, 0, 1, 2]);
    expect(made.calls).toHaveLength(3);
    await close(made);
  });
});
