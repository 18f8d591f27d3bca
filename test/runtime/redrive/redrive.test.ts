import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import type { ToolFake, World } from "../../support/runtime.js";
import { ask, machine, type Machine } from "../live/restart.js";

const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N } }
tools:
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key, errors: { nope: {} }, compensate: { tool: u, with: { n: "\${input.n}" } } }
  u: { module: ./tools.ts#u, input: N, output: N, effect: write, idempotency: key }
on: { topic: in, dedupe: { key: string(msg.n), ttl: forever } }
${more}
steps:
${steps}
`;

const numberIn = (input: Json): number => (isJsonObject(input) ? Number(input["n"]) : 0);

/** A provider that remembers each key: the same one again is answered and does nothing. It refuses some numbers, and forgets that it did. */
function provider() {
  const there = new Map<number, number>();
  const known = new Set<string>();
  const keys: (readonly [number, string])[] = [];
  const broken = new Set<number>();
  const doing = (by: number): ToolFake => (input, { key }) => {
    const n = numberIn(input);
    if (by > 0) keys.push([n, key]);
    if (broken.has(n)) throw new StepError("nope", "unlucky");
    if (!known.has(key)) there.set(n, (there.get(n) ?? 0) + by);
    known.add(key);
    return input;
  };
  /** Of what the provider was asked to do, by its number. */
  const keysOf = (n: number): readonly string[] => keys.flatMap(([of, key]) => (of === n ? [key] : []));
  return { there, broken, keysOf, tools: { k: doing(1), u: doing(-1) } };
}

const send = (w: World, redrives: number): Promise<void> => w.send("in", [{ n: 1 }], { headers: redrives === 0 ? {} : { "flowctl-redrive": String(redrives) } });

async function sent(w: World, m: Machine, redrives: number): Promise<string> {
  const before = new Set((await m.store.runs({ limit: 100 })).map(({ run }) => run));
  await send(w, redrives);
  await w.settle();
  const [row] = (await m.store.runs({ limit: 100 })).filter(({ run, flow }) => flow === "f" && !before.has(run));
  return row === undefined ? "" : row.run;
}

const SAGA = `  - { id: first, tool: k, with: { n: 1 } }
  - { id: s, saga: {}, do: [ { id: pay, tool: k, with: { n: 2 } }, { id: bad, tool: k, with: { n: 13 } } ] }
  - { id: last, tool: k, with: { n: 14 } }`;

/** Its first step starts a run of these steps, and goes on. */
const starting = (steps: string): string => `${flow("  - { id: c, call: sub, detach: true, with: { n: 1 } }\n  - { id: last, tool: k, with: { n: 14 } }")}---
flowctl: v1
flow: sub
input: { fields: { n: number } }
tools:
  k: { module: ./tools.ts#k, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key, errors: { nope: {} }, compensate: { tool: u, with: { n: "\${input.n}" } } }
  u: { module: ./tools.ts#u, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key }
steps:
${steps}
`;

describe("a message that is sent again after its run has undone something (I17)", () => {
  test("what was undone is done again under another key; what stands before the saga is answered", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13);
    const w = await m.boot(flow(SAGA), tools);
    const first = await sent(w, m, 0);
    expect(await m.store.run(first)).toMatchObject({ status: "compensated" });
    expect([...there]).toEqual([[1, 1], [2, 0]]);
    broken.clear();
    const again = await sent(w, m, 1);
    expect(await m.store.run(again)).toMatchObject({ status: "completed" });
    expect([...there]).toEqual([[1, 1], [2, 1], [13, 1], [14, 1]]);
    expect(keysOf(1)).toEqual([idempotencyKey(first, "first"), idempotencyKey(first, "first")]);
    expect(keysOf(2)).toEqual([idempotencyKey(first, "s/pay"), idempotencyKey(again, "s/pay")]);
    // It was refused and not undone.
    expect(keysOf(13)).toEqual([idempotencyKey(first, "s/bad"), idempotencyKey(first, "s/bad")]);
  });

  test("twice: an undo is not taken for the one before it, and what stayed in the middle keeps the key that it got there", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13);
    const w = await m.boot(flow(SAGA), tools);
    const [zero, one] = [await sent(w, m, 0), await sent(w, m, 1)];
    expect(there.get(2)).toBe(0);
    broken.clear();
    broken.add(14);
    const two = await sent(w, m, 2);
    expect(await m.store.run(two)).toMatchObject({ status: "failed" });
    expect(there.get(2)).toBe(1);
    broken.clear();
    const three = await sent(w, m, 3);
    expect(await m.store.run(three)).toMatchObject({ status: "completed" });
    expect([...there]).toEqual([[1, 1], [2, 1], [13, 1], [14, 1]]);
    expect(keysOf(2)).toEqual([zero, one, two, two].map((run) => idempotencyKey(run, "s/pay")));
    const [admitted] = await m.events(three);
    expect(admitted?.data).toMatchObject({ redrive: { of: zero, count: 3, again: { after: two, keys: [{ run: two, paths: ["s/pay"] }] } } });
  });

  test("after a restart the keys are those that were recorded, though nothing is left of the run before", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13);
    const text = flow(`  - { id: said, wait: { signal: go } }\n${SAGA}`);
    const w = await m.boot(text, tools);
    const go = async (p: World, run: string): Promise<void> => {
      await ask(p, run, { kind: "signal", name: "go", payload: null });
      await p.settle();
    };
    const first = await sent(w, m, 0);
    await go(w, first);
    const again = await sent(w, m, 1);
    expect(await m.store.prune({ before: Infinity }, 10, w.clock.now())).toBe(1);
    broken.clear();
    const next = await m.boot(text, tools);
    await go(next, again);
    expect(await m.store.run(again)).toMatchObject({ status: "completed" });
    expect(there.get(2)).toBe(1);
    expect(keysOf(2)).toEqual([idempotencyKey(first, "s/pay"), idempotencyKey(again, "s/pay")]);
  });

  test("a step's own key is another one too, and its undo's", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13);
    const own = `  - { id: s, saga: {}, do: [ { id: pay, tool: k, key: "order", with: { n: 2 }, compensate: { tool: u, key: "back", with: { n: 2 } } }, { id: bad, tool: k, with: { n: 13 } } ] }`;
    const w = await m.boot(flow(own), tools);
    for (const redrives of [0, 1]) await sent(w, m, redrives);
    expect(there.get(2)).toBe(0);
    broken.clear();
    await sent(w, m, 2);
    expect(there.get(2)).toBe(1);
    expect(new Set(keysOf(2)).size).toBe(3);
  });

  test("of a branch that was cut off, too", async () => {
    const m = machine();
    const { there, broken, tools } = provider();
    broken.add(13);
    const w = await m.boot(flow("  - { id: a, parallel: {}, branches: { one: [ { id: p, tool: k, with: { n: 2 } }, { id: q, tool: k, with: { n: 13 } } ], two: [ { id: o, tool: k, with: { n: 3 } } ] } }"), tools);
    const first = await sent(w, m, 0);
    expect((await m.events(first)).some(({ type }) => type === "compensation.completed")).toBe(true);
    expect(there.get(2)).toBe(0);
    broken.clear();
    await sent(w, m, 1);
    expect(there.get(2)).toBe(1);
  });

  test("each write of an agent that was undone", async () => {
    const m = machine();
    const { there, broken, tools } = provider();
    broken.add(13);
    const model = async () => ({
      complete: async (_request: Json | object, { caller }: { readonly caller: { readonly path: string } }): Promise<ModelAnswer> => ({
        ...(caller.path.endsWith("~1") ? { text: "", toolCalls: [2, 3].map((n) => ({ id: `c${n}`, name: "k", args: { n } })), finish: "tools" } : { text: "done", toolCalls: [], finish: "stop" }),
        usage: { in: 1, out: 1 },
      }),
    });
    const text = flow('  - { id: s, saga: {}, do: [ { id: g, agent: a, with: { n: 1 } }, { id: bad, tool: k, with: { n: 13 } } ] }', `
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { a: { model: m, instructions: "Do it", input: N, tools: [k] } }`);
    const w = await m.boot(text, tools, { model });
    await sent(w, m, 0);
    expect([...there]).toEqual([[2, 0], [3, 0]]);
    broken.clear();
    await sent(w, m, 1);
    expect([...there]).toEqual([[2, 1], [3, 1], [13, 1]]);
  });

  test("of a run that a step had started, by what that one undid; its other writes are answered", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13);
    const text = starting(SAGA.replace("n: 14", "n: 15"));
    const w = await m.boot(text, tools);
    broken.add(14);
    await sent(w, m, 0);
    expect([...there]).toEqual([[1, 1], [2, 0]]);
    // Where it is undone again, that is not taken for the first time.
    await sent(w, m, 1);
    expect([...there]).toEqual([[1, 1], [2, 0]]);
    broken.clear();
    await sent(w, m, 2);
    expect([...there].toSorted(([a], [b]) => a - b)).toEqual([[1, 1], [2, 1], [13, 1], [14, 1], [15, 1]]);
    expect(new Set(keysOf(1)).size).toBe(1);
    expect(new Set(keysOf(2)).size).toBe(3);
  });
});

describe("a message whose key has made runs before (I17)", () => {
  test("has the keys of the run that it was, not those of the key's first one", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    const w = await m.boot(flow("  - { id: pay, tool: k, with: { n: 2 } }\n  - { id: last, tool: k, with: { n: 14 } }").replace("ttl: forever", "ttl: 1h"), tools);
    const first = await sent(w, m, 0);
    await w.clock.advance(3_600_001);
    broken.add(14);
    const second = await sent(w, m, 0);
    expect(await m.store.run(second)).toMatchObject({ status: "failed" });
    expect(there.get(2)).toBe(2);
    broken.clear();
    const again = async (redrives: number, of: string): Promise<void> => {
      await w.send("in", [{ n: 1 }], { headers: { "flowctl-redrive": String(redrives), "flowctl-redrive-of": of } });
      await w.settle();
    };
    await again(1, second);
    expect([...there]).toEqual([[2, 2], [14, 2]]);
    expect(keysOf(2)).toEqual([first, second, second].map((run) => idempotencyKey(run, "pay")));
    // Once more, though the key's time is over: it is that run.
    await w.clock.advance(3_600_001);
    await again(1, second);
    expect(keysOf(2)).toHaveLength(3);
    // One whose redrive was a dead letter says the last run that there was.
    await again(3, second);
    expect(keysOf(2).slice(3)).toEqual([idempotencyKey(second, "pay")]);
    // What it says of a run that is none of its own means nothing.
    await again(1, "somebody");
    expect(keysOf(2).slice(4)).toEqual([idempotencyKey(first, "pay")]);
  });
});

describe("a message that is sent again after its run has gone on (I6, I17)", () => {
  test("what was done then is answered, under the path that it had", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(13).add(14);
    const w = await m.boot(flow("  - { id: b, tool: k, with: { n: 13 } }\n  - { id: last, tool: k, with: { n: 14 } }"), tools);
    const first = await sent(w, m, 0);
    broken.delete(13);
    await ask(w, first, { kind: "reopen" });
    await w.settle();
    expect(await m.store.run(first)).toMatchObject({ status: "failed" });
    broken.clear();
    const again = await sent(w, m, 1);
    expect(await m.store.run(again)).toMatchObject({ status: "completed" });
    expect([...there]).toEqual([[13, 1], [14, 1]]);
    expect(keysOf(13)).toEqual([idempotencyKey(first, "b"), idempotencyKey(first, "b^1"), idempotencyKey(first, "b^1")]);
  });
});

describe("a message that is sent again after its run has gone on, and failed where it did (I6, I17)", () => {
  test("what may have been done there is asked for under the same key", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    let isLate = false;
    const late: ToolFake = (input, call) => {
      const output = tools.k(input, call);
      if (isLate) throw new StepError("timeout", "too late");
      return output;
    };
    broken.add(13);
    const w = await m.boot(flow("  - { id: b, tool: k, with: { n: 13 } }"), { ...tools, k: late });
    const first = await sent(w, m, 0);
    broken.clear();
    isLate = true;
    await ask(w, first, { kind: "reopen" });
    await w.settle();
    expect(await m.store.run(first)).toMatchObject({ status: "failed" });
    isLate = false;
    const again = await sent(w, m, 1);
    expect(await m.store.run(again)).toMatchObject({ status: "completed" });
    expect([...there]).toEqual([[13, 1]]);
    expect(new Set(keysOf(13).slice(1))).toEqual(new Set([idempotencyKey(first, "b^1")]));
  });
});

describe("a run of a message that was sent again, which failed and goes on (I6, I17)", () => {
  async function goesOn(w: World, m: Machine, run: string): Promise<void> {
    expect(await m.store.run(run)).toMatchObject({ status: "failed" });
    expect(await ask(w, run, { kind: "reopen" })).toEqual({ is: "accepted" });
    await w.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  }

  test("what an earlier run has done at the step that failed is answered, and by the run after it too", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    broken.add(14);
    const w = await m.boot(flow("  - { id: pay, tool: k, with: { n: 2 } }\n  - { id: own, tool: k, key: order, with: { n: 3 } }\n  - { id: last, tool: k, with: { n: 14 } }"), tools);
    const first = await sent(w, m, 0);
    expect([...there]).toEqual([[2, 1], [3, 1]]);
    broken.add(2);
    const again = await sent(w, m, 1);
    broken.clear();
    await goesOn(w, m, again);
    await sent(w, m, 2);
    expect([...there]).toEqual([[2, 1], [3, 1], [14, 1]]);
    expect(new Set(keysOf(2))).toEqual(new Set([idempotencyKey(first, "pay")]));
    expect(new Set(keysOf(3)).size).toBe(1);
  });

  test("what an earlier run has undone there is done again, also under a step's own key", async () => {
    const m = machine();
    const { there, broken, tools } = provider();
    broken.add(13);
    const text = flow("  - { id: a, parallel: {}, branches: { one: [ { id: p, tool: k, key: order, with: { n: 2 } }, { id: q, tool: k, with: { n: 13 } } ], two: [ { id: o, set: 1 } ] } }");
    const w = await m.boot(text, tools);
    await sent(w, m, 0);
    expect(there.get(2)).toBe(0);
    broken.clear();
    broken.add(2);
    const again = await sent(w, m, 1);
    broken.clear();
    await goesOn(w, m, again);
    expect([...there]).toEqual([[2, 1], [13, 1]]);
  });

  test("a run that the step then starts has the keys of the one that it had started in the earlier run", async () => {
    const m = machine();
    const { there, broken, keysOf, tools } = provider();
    const text = starting("  - { id: said, wait: { signal: go } }\n  - { id: pay, tool: k, with: { n: 2 } }");
    const w = await m.boot(text, tools);
    const said = async (): Promise<void> => {
      for (const { run, flow: of, status } of await m.store.runs({ limit: 100 })) if (of === "sub" && status === null) await ask(w, run, { kind: "signal", name: "go", payload: null });
      await w.settle();
    };
    broken.add(14);
    await sent(w, m, 0);
    broken.clear();
    // What the open run will have done, nobody knows yet.
    const again = await sent(w, m, 1);
    expect(await m.store.run(again)).toMatchObject({ error: { code: "conflict" } });
    await said();
    await goesOn(w, m, again);
    await said();
    expect([...there].toSorted(([a], [b]) => a - b)).toEqual([[2, 1], [14, 1]]);
    expect(keysOf(2)).toHaveLength(2);
    expect(new Set(keysOf(2)).size).toBe(1);
  });
});

describe("a message whose earlier runs do not say what they have undone (I17)", () => {
  test("is a dead letter where such a run is not kept any more, in a flow that undoes things", async () => {
    const m = machine();
    const { there, broken, tools } = provider();
    broken.add(13);
    const w = await m.boot(flow(SAGA), tools);
    const first = await sent(w, m, 0);
    await m.store.prune({ before: Infinity }, 10, w.clock.now());
    broken.clear();
    expect(await sent(w, m, 1)).toBe("");
    expect(there.get(2)).toBe(0);
    expect(await m.store.deadLetters({ limit: 10 })).toMatchObject([{ letter: { redrives: 1, error: { code: "conflict", message: `the journal of run ${first} is not kept any more: which of its writes were undone, nobody knows; publish the message as a new one` } } }]);
    expect(w.notices.join()).toContain("is a dead letter: conflict");
  });

  test("one whose run has not ended, too; once it has, it is one", async () => {
    const m = machine();
    const { broken, tools } = provider();
    const w = await m.boot(flow(`  - { id: said, wait: { signal: go } }\n${SAGA}`), tools);
    broken.add(13);
    const first = await sent(w, m, 0);
    expect(await sent(w, m, 1)).toBe("");
    expect(await m.store.deadLetters({ limit: 10 })).toMatchObject([{ letter: { error: { code: "conflict", message: expect.stringContaining(`run ${first}`) } } }]);
    await ask(w, first, { kind: "signal", name: "go", payload: null });
    await w.settle();
    expect(await sent(w, m, 2)).not.toBe("");
  });

  test("where nothing can be undone it is a run, with the first one's keys", async () => {
    const m = machine();
    const { keysOf, tools } = provider();
    const plain = flow("  - { id: pay, tool: k, with: { n: 2 } }").replace(/, compensate: .*\}$/m, " }");
    const w = await m.boot(plain, tools);
    const first = await sent(w, m, 0);
    await m.store.prune({ before: Infinity }, 10, w.clock.now());
    await sent(w, m, 1);
    expect(keysOf(2)).toEqual([idempotencyKey(first, "pay"), idempotencyKey(first, "pay")]);
  });

  test("one that comes twice is not looked at again once it is a run", async () => {
    const m = machine();
    const { tools } = provider();
    const w = await m.boot(flow(SAGA), tools);
    await sent(w, m, 0);
    await sent(w, m, 1);
    await m.store.prune({ before: Infinity }, 10, w.clock.now());
    expect(await sent(w, m, 1)).toBe("");
    expect(await m.store.deadLetters({ limit: 10 })).toEqual([]);
    expect(w.runtime.stats()).toMatchObject({ duplicates: 1 });
  });
});

describe("a key that the tool knows for a time only, in a run of a message that is sent again (I10, I17)", () => {
  const FORGETS = `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N } }
tools:
  v: { http: { method: POST, url: "https://x.example" }, input: N, output: N, idempotency: { header: Idempotency-Key, window: 1h } }
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key, errors: { nope: {} } }
policies: { p: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none } } }
on: { topic: in, dedupe: { key: string(msg.n), ttl: forever } }
steps:
  - { id: a, tool: v, with: { n: 2 }, policy: p }
  - { id: b, tool: k, with: { n: 13 } }
`;

  test.each([
    ["an hour after the first run sent it", 3_600_000, "parked"],
    ["within that hour", 1_800_000, "completed"],
  ] as const)("%s", async (_, later, status) => {
    const m = machine();
    const { broken, tools } = provider();
    broken.add(13);
    const keys: string[] = [];
    let hides = false;
    const v: ToolFake = (input, { key }) => {
      keys.push(key);
      if (hides && keys.length === 2) throw new StepError("timeout", "no answer", { outcome: "unknown" });
      return input;
    };
    const w = await m.boot(FORGETS, { ...tools, v });
    const first = await sent(w, m, 0);
    expect(await m.store.run(first)).toMatchObject({ status: "failed" });
    broken.clear();
    hides = true;
    await m.clock.advance(later);
    const again = await sent(w, m, 1);
    await m.clock.advance(5_000);
    await w.settle();
    const row = await m.store.run(again);
    expect(row?.status ?? "parked").toBe(status);
    if (status === "parked") expect(row?.waits).toMatchObject([{ kind: "incident", path: "a" }]);
    expect(keys).toEqual(Array.from({ length: status === "parked" ? 2 : 3 }, () => idempotencyKey(first, "a")));
  });
});
