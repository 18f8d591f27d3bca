import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { ended, flow, hangs, ofType, run, start, type ToolFake } from "./run-world.js";

/** A read that takes `n` seconds; a negative one fails then. */
const takes =
  (clock: () => { after(ms: number, fire: () => void): unknown }): ToolFake =>
  async ({ input }) => {
    const n = typeof input === "object" && input !== null && "n" in input ? Number(input.n) : 0;
    await new Promise<void>((resolve) => void clock().after(Math.abs(n) * 1000, resolve));
    if (n < 0) throw new StepError("unavailable", `${n}`);
    return { n };
  };

function timed(text: string) {
  const running: { it?: ReturnType<typeof start> } = {};
  const r = takes(() => running.it?.clock ?? { after: () => undefined });
  running.it = start(text, { tools: { r, k: r } });
  return running.it;
}

const branches = (join: string, list: readonly number[], more = ""): string =>
  flow(`- id: fan\n  parallel: { join: ${join}${more} }\n  branches: { ${list.map((n, at) => `b${at}: [ { id: s${at}, tool: r, with: { n: ${n} } } ]`).join(", ")} }`, "value: \"${steps.fan}\"");

describe("joins", () => {
  test("all: the first failure in time is raised, the rest is abandoned", async () => {
    const running = timed(branches("all", [9, -2, -1]));
    expect(await ended(running)).toMatchObject({ status: "failed", error: { code: "unavailable", message: "-1", step: "fan/s2" } });
    expect(ofType(running.events, "step.decided")).toMatchObject([{ path: "fan", data: { what: "join", value: { failed: 2 } } }]);
    expect(ofType(running.events, "step.cancelled").map(({ path }) => path).sort()).toEqual(["fan/s0", "fan/s1"]);
  });

  test("any: the first success wins, and the others say nothing", async () => {
    expect(await ended(timed(branches("any", [3, -1, 2])))).toMatchObject({ status: "completed", output: { winner: "b2", all: [{ n: 2 }], b2: { n: 2 } } });
  });

  test("N: as many as are needed, in branch order", async () => {
    expect(await ended(timed(branches("2", [3, 9, 2])))).toMatchObject({ output: { winner: "b2", all: [{ n: 3 }, { n: 2 }] } });
  });

  test("is impossible as soon as too many have failed", async () => {
    const running = timed(branches("2", [-1, -2, 100]));
    await running.clock.advance(3_000);
    expect(await running.done).toMatchObject({ status: "failed", error: { code: "join" } });
  });

  test("a branch that is left out is no success", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any }\n  branches: { a: { when: input.n > 5, do: [ { tool: r, with: { n: 0 } } ] }, b: [ { tool: r, with: { n: 2 } } ] }`, "value: \"${steps.fan.winner}\"");
    expect(await ended(timed(text))).toMatchObject({ output: "b" });
  });

  test("a branch that comes after a failed one fails with it, where a success is needed", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any }\n  branches: { a: [ { tool: r, with: { n: -1 } } ], b: { after: [a], do: [ { tool: r, with: { n: "\${branches.a.n}" } } ] } }`, "value: \"${steps.fan.winner}\"");
    expect(await ended(timed(text))).toMatchObject({ status: "failed", error: { code: "join" } });
  });

  test("concurrency is how many run at once", async () => {
    let now = 0;
    let most = 0;
    const { state } = await run(flow(`- { id: all, map: { over: "[1, 2, 3, 4, 5, 6, 7]", as: x, concurrency: 3 }, do: [ { id: q, tool: r, with: { n: "\${x}" } } ] }`, "value: \"${steps.all.map(o, o.n)}\""), {
      tools: {
        r: async ({ input }) => {
          most = Math.max(most, (now += 1));
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
          return input;
        },
      },
    });
    expect(state.output).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  test("rest: finish gives the value at once, and the run ends when the rest does", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any, rest: finish }\n  branches: { a: [ { id: quick, tool: r, with: { n: 1 } } ], b: [ { id: slow, tool: r, with: { n: 5 } }, { id: late, tool: k, with: { n: 1 } } ] }\n- { id: z, tool: r, with: { n: 0 } }`, "value: \"${steps.fan.winner}\"");
    const running = timed(text);
    await running.clock.advance(2_000);
    expect(running.effects).toContain("r z#1");
    expect(running.effects).not.toContain("k fan/late#1");
    expect(await ended(running)).toMatchObject({ status: "completed", output: "a" });
    expect(running.effects).toContain("k fan/late#1");
  });

  test("the rest goes on after a restart, though the join's own end is recorded", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any, rest: finish }\n  branches: { a: [ { id: quick, tool: r, with: { n: 1 } } ], b: [ { id: slow, tool: r, with: { n: 5 } }, { id: late, tool: k, with: { n: 1 } } ] }\n- { id: z, tool: r, with: { n: 0 } }`, "value: \"${steps.fan.winner}\"");
    const first = timed(text);
    await first.clock.advance(2_000);
    first.drop();
    const past = [...first.events];
    expect(ofType(past, "step.completed").map(({ path }) => path)).toContain("fan");
    const again = await run(text, { past });
    expect(again.state).toMatchObject({ status: "completed", output: "a" });
    expect(again.effects.sort()).toEqual(["k fan/late#1", "r fan/slow#1"]);
    const third = await run(text, { past: again.events });
    expect(third.effects).toEqual([]);
  });

  test("I8, I9: a branch whose own value fails decides the join, and what that cut off is not cut off again after a restart", async () => {
    const text = flow(`- id: fan\n  parallel: {}\n  branches: { a: { do: [ { id: s, tool: r, with: { n: 1 } } ], value: "\${[1][int(input.n)]}" }, b: [ { id: slow, tool: k, with: { n: 5 }, compensate: { tool: k, with: { n: 0 } } } ], c: [ { id: q, ask: { question: "ok?", output: boolean } } ] }`);
    const first = timed(text);
    await first.clock.advance(2_000);
    first.drop();
    const past = [...first.events];
    expect(ofType(past, "step.decided")).toMatchObject([{ path: "fan", data: { what: "join", value: { failed: 0 } } }]);
    expect(ofType(past, "step.cancelled").map(({ path }) => path)).toEqual(["fan/q"]);
    const again = await run(text, { past });
    expect(again.state).toMatchObject({ status: "failed", error: { code: "expr", step: "fan" } });
    expect(ofType(again.events, "step.cancelled").map(({ path }) => path)).toEqual(["fan/q"]);
  });

  test("rest: finish lets the others end, also where a branch's own value fails", async () => {
    const running = timed(flow(`- id: fan\n  parallel: { rest: finish }\n  branches: { a: { do: [ { id: s, tool: r, with: { n: 1 } } ], value: "\${[1][int(input.n)]}" }, b: [ { id: slow, tool: r, with: { n: 5 } }, { id: late, tool: k, with: { n: 1 } } ] }`));
    expect(await ended(running)).toMatchObject({ status: "failed", error: { code: "expr" } });
    expect(ofType(running.events, "step.completed").map(({ path }) => path)).toContain("fan/late");
  });

  test.each([
    ["a branch whose own `when` fails", "- id: fan\n  parallel: { join: settled }\n  branches: { a: { when: \"[true][int(input.n)]\", do: [ { id: s, tool: r, with: { n: 1 } } ] }, b: [ { id: t, tool: r, with: { n: 2 } } ] }", { b: { n: 2 } }],
    ["a branch that acts, whose own value fails,", "- id: fan\n  parallel: { join: settled }\n  branches: { a: { do: [ { id: s, tool: r, with: { n: 1 } } ], value: \"${[1][int(input.n)]}\" }, b: [ { id: t, tool: r, with: { n: 2 } } ] }", { b: { n: 2 } }],
    ["a pure branch whose own value fails", "- id: fan\n  parallel: { join: settled }\n  branches: { a: { do: [ { set: { n: 1 } } ], value: \"${[1][int(input.n)]}\" }, b: { do: [ { set: { n: 2 } } ], value: 2 } }", { b: 2 }],
    ["an item that acts, whose own value fails,", "- id: fan\n  map: { over: \"[0, 1]\", as: x, join: settled }\n  do: [ { id: s, tool: r, with: { n: 1 } } ]\n  value: \"${[1][x]}\"", [1]],
    ["a pure item whose own value fails", "- id: fan\n  map: { over: \"[0, 1]\", as: x, join: settled }\n  do: [ { set: { n: 1 } } ]\n  value: \"${[1][x]}\"", [1]],
  ])("settled: %s is one that failed", async (_what, steps, ok) => {
    const { state } = await run(flow(steps, "value: { ok: \"${steps.fan.ok}\", failed: \"${steps.fan.failed}\" }"));
    expect(state).toMatchObject({ status: "completed", output: { ok } });
    expect(JSON.stringify(state.output)).toContain(`"code":"expr"`);
  });

  test("any: a branch whose own value fails leaves the step to the others", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any }\n  branches: { a: { do: [ { id: s, tool: r, with: { n: 1 } } ], value: "\${[1][int(input.n)]}" }, b: [ { id: t, tool: r, with: { n: 3 } } ] }`, "value: \"${steps.fan.winner}\"");
    expect(await ended(timed(text))).toMatchObject({ status: "completed", output: "b" });
  });

  test("what a time limit has cut off does not go on after a restart, though another branch fails behind it", async () => {
    const text = flow(`- id: fan\n  timeout: 20s\n  parallel: { rest: finish }\n  branches: { a: [ { id: w, tool: w, with: { n: 1 } } ], b: [ { wait: 5m }, { id: late, tool: k, with: { n: 1 } } ] }`);
    const fails = Promise.withResolvers<never>();
    const first = start(text, { tools: { w: () => fails.promise } });
    await first.clock.advance(21_000);
    fails.reject(new StepError("refused", "no"));
    expect(await ended(first)).toMatchObject({ status: "failed", error: { code: "timeout" } });
    const past = [...first.events];
    const again = await run(text, { past, clock: first.clock });
    expect(again.state).toMatchObject({ status: "failed", error: { code: "timeout" } });
    expect(again.effects).toEqual([]);
    expect(again.events).toEqual(past);
  });

  test("I12: a run whose last node waits for a branch that waits for a person may be dropped", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any, rest: finish }\n  branches: { a: [ { id: quick, tool: r, with: { n: 1 } } ], b: [ { id: q, ask: { question: "ok?", output: boolean } } ] }`, "value: 1");
    const running = timed(text);
    await running.clock.advance(5_000);
    expect(running.quiescent()).toBeGreaterThan(0);
    running.wake("signal.received", "fan/q", { id: "s", name: "answer", from: "me", payload: true });
    expect(await ended(running)).toMatchObject({ status: "completed", output: 1 });
  });

  test("asks in two branches: quiescent when both wait, and again after the first answer", async () => {
    const text = flow(`- id: fan\n  parallel: {}\n  branches: { a: [ { id: p, ask: { question: "a?", output: boolean } } ], b: [ { id: q, ask: { question: "b?", output: boolean } } ] }`, "value: \"${steps.fan}\"");
    const running = start(text);
    await running.clock.advance(0);
    expect(running.waits.map(({ path }) => path)).toEqual(["fan/p", "fan/q"]);
    expect(running.quiescent()).toBe(1);
    running.wake("signal.received", "fan/p", { id: "s", name: "answer", from: "me", payload: true });
    await running.clock.advance(0);
    expect(running.quiescent()).toBe(2);
    running.wake("signal.received", "fan/q", { id: "t", name: "answer", from: "me", payload: false });
    expect(await ended(running)).toMatchObject({ output: { a: true, b: false } });
  });

  test("an answer of the name `denied` raises denied", async () => {
    const running = start(flow(`- { id: q, ask: { question: "ok?", output: boolean }, catch: [ { on: [denied], value: false } ] }`, "value: \"${steps.q}\""));
    await running.clock.advance(0);
    running.wake("signal.received", "q", { id: "s", name: "denied", from: "me", payload: null });
    expect(await ended(running)).toMatchObject({ status: "completed", output: false });
  });

  test("an ask of a branch that lost is withdrawn", async () => {
    const text = flow(`- id: fan\n  parallel: { join: any }\n  branches: { a: [ { id: quick, tool: r, with: { n: 1 } } ], b: [ { id: q, ask: { question: "ok?", output: boolean, timeout: 1h } } ] }`, "value: \"${steps.fan.winner}\"");
    const running = timed(text);
    await running.clock.advance(2_000);
    expect(await running.done).toMatchObject({ status: "completed", output: "a" });
    expect(ofType(running.events, "step.cancelled").map(({ path }) => path)).toEqual(["fan/q"]);
    expect(running.clock.pending()).toBe(0);
  });
});

describe("an operator's cancel", () => {
  test("no catch sees it, reads are abandoned", async () => {
    const running = start(flow(`- { id: a, tool: r, with: { n: 1 }, catch: [ { on: any, value: { n: 0 } } ] }`, "output: number\ncatch: [ { on: any, value: 3 } ]\nvalue: 1"), { tools: { r: hangs } });
    await running.clock.advance(0);
    running.cancel();
    expect(await ended(running)).toMatchObject({ status: "cancelled" });
  });

  test("lets a write in flight end, and starts nothing more", async () => {
    const held = Promise.withResolvers<{ n: number }>();
    const running = start(flow("- { id: a, tool: k, with: { n: 1 } }\n- { id: b, tool: k, with: { n: 1 } }"), { tools: { k: () => held.promise } });
    await running.clock.advance(0);
    running.cancel();
    await running.clock.advance(1_000);
    held.resolve({ n: 4 });
    expect(await ended(running)).toMatchObject({ status: "cancelled" });
    expect(ofType(running.events, "step.completed")).toMatchObject([{ path: "a", data: { output: { n: 4 } } }]);
    expect(running.effects).toEqual(["k a#1"]);
  });

  test("a return that was decided before stands, also behind a read that is abandoned, and on replay", async () => {
    const text = flow(`
- id: fan
  parallel: { join: settled }
  branches:
    read: [ { id: a, tool: r, with: { n: 1 } } ]
    deep: [ { id: near, parallel: { join: settled }, branches: { late: [ { id: b, tool: k, with: { n: 1 } } ], back: [ { return: { n: 7 } } ] } } ]`, "output: { fields: { n: number } }\nvalue: { n: 0 }");
    const held = Promise.withResolvers<{ n: number }>();
    const running = start(text, { tools: { r: hangs, k: () => held.promise } });
    await running.clock.advance(0);
    running.cancel();
    await running.clock.advance(0);
    held.resolve({ n: 4 });
    expect(await ended(running)).toMatchObject({ status: "completed", output: { n: 7 } });
    const again = start(text, { past: running.events });
    again.cancel();
    expect(await ended(again)).toMatchObject({ status: "completed", output: { n: 7 } });
    expect(again.events).toEqual(running.events);
  });
});

describe("`rest: finish`", () => {
  test("what the join leaves running does not keep the flow from going on, also where a process ended between the decision and the join's end", async () => {
    const text = flow(`
- id: fan
  parallel: { join: any, rest: finish }
  branches:
    one: [ { id: a, tool: r, with: { n: 1 } } ]
    two: [ { id: b, tool: k, with: { n: 2 } } ]
- { id: z, tool: k, with: { n: 3 } }`);
    const k: ToolFake = ({ run: { path } }) => (path === "fan/b" ? hangs() : Promise.resolve({ n: 1 }));
    const tools = { r: async () => ({ n: 1 }), k };
    const first = start(text, { tools });
    await first.clock.advance(100);
    const decided = first.events.findIndex(({ type, path }) => type === "step.decided" && path === "fan");
    expect(first.events[decided + 1]).toMatchObject({ type: "step.completed", path: "fan" });
    const again = start(text, { tools, past: first.events.slice(0, decided + 1) });
    await again.clock.advance(100);
    expect(again.effects).toEqual(["k fan/b#2", "k z#1"]);
  });

  test("a return in the rest of a join that is decided is none of the flow's, also in a saga, which waits for it", async () => {
    const text = flow(`
- id: s
  saga: {}
  do:
    - id: fan
      parallel: { join: any, rest: finish }
      branches:
        one: [ { set: 1 } ]
        two: [ { id: b, tool: r, with: { n: 2 } }, { return: { n: 7 } } ]
- { id: z, tool: k, with: { n: 3 } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }");
    const ran = await run(text, { tools: { r: async () => ({ n: 1 }), k: async () => ({ n: 1 }) } });
    expect(ran.state).toMatchObject({ status: "completed", output: { n: 0 } });
    expect(ran.effects.at(-1)).toBe("k z#1");
  });
});
