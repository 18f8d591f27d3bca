import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { LogLine } from "../../../src/core/event.js";
import { ended, flow, ofType, run, RUN, start } from "./run-world.js";

const OUT = "topics: { out: { message: { fields: { n: number } }, key: \"string(msg.n)\" }, low: { message: { fields: { n: { type: number, minimum: 0 } } } }, meta: { message: { fields: { n: number } }, key: meta.key } }";
const output = async (steps: string, more = "", given = {}) => (await run(flow(steps, more), given)).state.output;

test("what a tool's code logs is told to who observes", async () => {
  const text = flow("- { id: a, tool: r, with: { n: 1 } }");
  const tools = { r: ({ log }: { log: (text: string) => void }) => { log("hello"); return { n: 1 }; } };
  const lines: LogLine[] = [];
  const { ports } = await run(text, { tools });
  await run(text, { tools, ports: { ...ports, observer: { event: () => undefined, log: (line) => void lines.push(line) } } });
  expect(lines).toEqual([{ run: RUN, path: "a", text: "hello" }]);
});

describe("blocks", () => {
  test("a block's value is its `value`, else the last step's output; nothing from a skipped one", async () => {
    expect(await output("- { id: a, set: 1 }\n- { id: b, set: 2 }")).toBe(2);
    expect(await output("- { id: a, set: 1 }", "value: 7")).toBe(7);
    expect(await output("- { id: a, set: 1 }\n- { id: b, set: 2, when: input.n > 5 }", "value: { b: \"${steps.?b}\" }")).toEqual({});
  });

  test("a switch takes the first case that holds, a case's steps may have the names of those around", async () => {
    const steps = "- { set: 1 }\n- id: gate\n  switch:\n    - { when: input.n > 1, do: [ { set: 2 }, { set: 3 } ] }\n    - { when: input.n > 0, value: 4 }\n    - else: { value: 5 }";
    expect(await output(steps, "value: \"${steps.gate}\"", { input: { n: 2 } })).toBe(3);
    expect(await output(steps, "value: \"${steps.gate}\"", { input: { n: 1 } })).toBe(4);
    expect(await output(steps, "value: \"${steps.gate}\"", { input: { n: 0 } })).toBe(5);
  });

  test("return ends the flow from anywhere below; in a called flow it ends that one", async () => {
    expect(await output("- id: all\n  map: { over: \"[1, 2, 3]\", as: x }\n  do: [ { when: x == 2, return: 20 } ]\n- { id: z, set: 1 }", "output: number\nvalue: 1")).toBe(20);
    const called = flow("- { id: c, call: inner, with: { n: 5 } }\n- { id: z, set: \"${steps.c + 1}\" }", "value: \"${steps.z}\"");
    const inner = "flowctl: v1\nflow: inner\ninput: { fields: { n: number } }\noutput: number\non: { manual: {} }\nsteps: [ { when: input.n > 3, return: \"${input.n * 10}\" } ]\nvalue: 0\n";
    expect((await run(`${inner}---\n${called}`)).state.output).toBe(51);
  });

  test("a block's own catch takes what its value raises", async () => {
    const branch = (work: string) => `- { id: p, parallel: {}, branches: { a: { ${work}value: "\${[1][int(input.n)]}", catch: [ { on: [expr], value: "\${error.step}" } ] } } }`;
    expect(await output(branch(""), 'value: "${steps.p.a}"', { input: { n: 2 } })).toBe("p/a");
    expect(await output(branch("do: [ { tool: r, with: { n: 1 } } ], "), 'value: "${steps.p.a}"', { input: { n: 2 } })).toBe("p/a");
    expect(await output(branch(""), 'value: "${steps.p.a}"', { input: { n: 0 } })).toBe(1);
  });

  test("the catch of an agent's step takes what its `pick` raises, also where `info` is read", async () => {
    const agents = `models: { m: { provider: scripted, model: m } }\nagents: { a: { model: m, instructions: x, input: { fields: { n: number } }, output: { fields: { n: number } } } }\n`;
    const steps = "- { id: q, agent: { pick: \"[1][int(input.n)] > 0 ? 'a' : 'a'\", from: [a] }, catch: [ { on: [expr], value: { n: 7 } } ] }";
    expect(await output(steps, `${agents}value: { n: "\${steps.q.n}", by: "\${info.q.?agent}", how: "\${info.q.status}" }`, { input: { n: 2 } })).toEqual({ n: 7, how: "failed" });
  });

  test("a loop's own catch takes what its `init` raises", async () => {
    const loop = (work: string) => `- { id: l, loop: { over: "[1]", init: "\${[1][int(input.n)]}" }, ${work}value: "\${state + 1}", catch: [ { on: [expr], value: -1 } ] }`;
    for (const work of ["", "do: [ { tool: r, with: { n: 1 } } ], "]) {
      expect(await output(loop(work), 'value: "${steps.l}"', { input: { n: 2 } })).toBe(-1);
      expect(await output(loop(work), 'value: "${steps.l}"', { input: { n: 0 } })).toBe(2);
    }
  });

  test("catch: the first clause that fits; an error inside a clause goes on", async () => {
    const failing = (clauses: string) => `- { id: a, tool: k, with: { n: 1 }, catch: [ ${clauses} ] }`;
    const given = { tools: { k: () => { throw new StepError("nope", "no", { data: { why: 1 } }); } } };
    expect(await output(failing("{ on: [timeout], value: { n: 1 } }, { on: [nope], value: { n: 2 } }, { on: any, value: { n: 3 } }"), "value: \"${steps.a.n}\"", given)).toBe(2);
    const again = await run(flow(failing("{ on: any, do: [ { fail: { code: worse, message: \"after ${error.code} at ${error.step}\" } } ] }")), given);
    expect(again.state).toMatchObject({ status: "failed", error: { code: "worse", message: "after nope at a" } });
  });

  test("NaN that would enter data is the error `expr`", async () => {
    const { state } = await run(flow("- { id: a, set: \"${(input.n - 1) / 0 }\" }", "value: \"${steps.a}\""));
    expect(state).toMatchObject({ status: "failed", error: { code: "expr", step: "a" } });
  });
});

describe("emit", () => {
  test("has a stable id, the topic's key, and the message as its output", async () => {
    const { state, events } = await run(flow("- { emit: out, with: { n: 4 } }", OUT));
    expect(state.emitted).toEqual([{ topic: "out", key: "4", id: "aarun/emit1/0", message: { n: 4 } }]);
    expect(state.output).toEqual({ n: 4 });
    expect(ofType(events, "message.emitted")).toHaveLength(1);
  });

  test("a key may be that of the triggering message, by itself or through meta", async () => {
    const { state } = await run(flow("- { emit: low, with: { n: 4 } }\n- { emit: meta, with: { n: 4 } }", OUT));
    expect(state.emitted.map(({ key }) => key)).toEqual(["mk", "mk"]);
  });

  test("a message that breaks the topic's schema is `invalid_input`, and is not sent", async () => {
    const { state } = await run(flow("- { emit: low, with: { n: \"${input.n - 5}\" } }", OUT));
    expect(state).toMatchObject({ status: "failed", error: { code: "invalid_input" }, emitted: [] });
  });
});

describe("loop", () => {
  test("folds over a list, with while before a pass and until after it", async () => {
    expect(await output("- { id: f, loop: { init: 0, over: \"[1, 2, 3, 4]\", as: x, while: state < 6 }, value: \"${state + x}\" }", "value: \"${steps.f}\"")).toBe(6);
    expect(await output("- { id: f, loop: { init: 0, max: 10, until: iteration == 3 }, value: \"${state + 1}\" }", "value: \"${steps.f}\"")).toBe(4);
    expect(await output("- { id: f, loop: { init: 0, max: 2, on_max: stop }, value: \"${state + 1}\" }", "value: \"${steps.f}\"")).toBe(2);
  });

  test("a long pure one lets the process do other things, and can be cancelled", async () => {
    const text = flow("- { id: f, loop: { init: 0, max: 2000000, on_max: stop }, value: \"${state + 1}\" }\n- { id: a, tool: r, with: { n: 1 } }", "value: \"${steps.f}\"");
    const clock = { ...(await import("../../support/virtual-clock.js")).virtualClock(), monotonic: () => performance.now() };
    const running = start(text, { clock });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    running.cancel();
    expect(await running.done).toMatchObject({ status: "cancelled" });
    expect(running.effects).toEqual([]);
  });
});

describe("time and info", () => {
  test("`run.now` is the step's own, and the end's own in the flow's value", async () => {
    const running = start(flow("- { id: a, set: \"${run.now}\" }\n- { id: q, ask: { question: \"ok?\", output: boolean, timeout: 1h, on_timeout: true } }\n- { id: b, set: \"${run.now}\" }", "value: { a: \"${steps.a}\", b: \"${steps.b}\", end: \"${run.now}\", started: \"${run.started}\" }"));
    const state = await ended(running);
    expect(state.output).toEqual({ a: "2026-01-01T00:00:00.000Z", b: "2026-01-01T01:00:00.000Z", end: "2026-01-01T01:00:00.000Z", started: "2026-01-01T00:00:00.000Z" });
  });

  test("info tells attempts, time and what became of a step", async () => {
    const given = { tools: { r: ({ attempt }: { attempt: number }) => { if (attempt === 1) throw new StepError("unavailable", "away"); return { n: 1 }; } } };
    const steps = "- { id: a, tool: r, with: { n: 1 }, policy: p }\n- { id: b, set: 1, when: input.n > 5 }\n- { id: c, tool: r, with: { n: 2 }, catch: [ { on: any, value: { n: 0 } } ] }";
    const more = "policies: { p: { retry: { max: 2, backoff: constant, initial: 3s, jitter: none } } }\nvalue: { a: \"${info.a.attempts}\", ms: \"${info.a.ms}\", s: \"${info.a.status}\", b: \"${info.b.status}\", c: \"${info.c.status}\" }";
    const expected = { a: 2, ms: 3000, s: "completed", b: "skipped", c: "failed" };
    const first = await run(flow(steps, more), given);
    expect(first.state.output).toEqual(expected);
    const again = await run(flow(steps, more), { past: first.events });
    expect(again.state.output).toEqual(expected);
    expect(again.effects).toEqual([]);
  });
});
