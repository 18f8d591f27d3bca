import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { run, start, type ToolFake } from "../agent/agent-world.js";

const flow = (body: string, more = ""): string => `
flowctl: v1
flow: f
input: { fields: { n: number, xs: "number[]" } }
tools:
  read: { http: { method: GET, url: "https://x.example/r" }, input: { fields: { v: number } }, output: { fields: { v: number } }, effect: read }
  write: { http: { method: POST, url: "https://x.example/w" }, input: { fields: { v: number } }, output: { fields: { v: number } }, effect: write, idempotency: header, errors: { declined: { status: [402], type: { fields: { why: string } } } } }
  double: { expr: { v: "\${input.v * 2}" }, input: { fields: { v: number } }, output: { fields: { v: number } } }
policies:
  again: { retry: { max: 3, backoff: constant, initial: 10ms, jitter: none } }
topics: { out: { message: { fields: { v: number } }, key: string(msg.v) } }
on: { manual: {} }
${more}
${body}
`;
const echo: ToolFake = (input) => input;
const input = { n: 2, xs: [1, 2, 3] };
const tools = { read: echo, write: echo };
const outcome = async (text: string, given: Partial<Parameters<typeof run>[1]> = {}) => (await run(text, { input, tools, ...given })).state;

describe("values and visibility", () => {
  test("a block's value is `value`, else its last step's output", async () => {
    expect(await outcome(flow("steps: [ { id: a, set: 1 }, { id: b, set: 2 } ]"))).toMatchObject({ status: "completed", output: 2 });
    expect(await outcome(flow('steps: [ { id: a, set: 1 } ]\nvalue: { got: "${steps.a}" }'))).toMatchObject({ output: { got: 1 } });
  });
  test("a skipped step is absent, and info says so", async () => {
    expect(await outcome(flow('steps: [ { id: a, when: input.n > 5, set: 1 } ]\nvalue: { a: "${steps.?a.orValue(0)}", s: "${info.a.status}" }'))).toMatchObject({ output: { a: 0, s: "skipped" } });
  });
  test("switch takes the first case that holds", async () => {
    const text = flow("steps:\n  - id: s\n    switch:\n      - { when: input.n > 5, value: big }\n      - { when: input.n > 1, value: mid }\n      - else: { value: small }\n");
    expect(await outcome(text)).toMatchObject({ output: "mid" });
  });
  test("return ends the flow from anywhere below", async () => {
    const text = flow('output: number\nsteps:\n  - { switch: [ { when: input.n > 1, do: [ { return: 7 } ] } ] }\nvalue: 1');
    expect(await outcome(text)).toMatchObject({ status: "completed", output: 7 });
  });
  test("fail raises the flow's own code with its data", async () => {
    expect(await outcome(flow('steps: [ { id: no, fail: { code: nope, message: "n is ${input.n}", data: { n: "${input.n}" } } } ]'))).toMatchObject({ status: "failed", error: { code: "nope", message: "n is 2", step: "no", data: { n: 2 } } });
  });
});

describe("catch", () => {
  test("the first clause that fits gives the step's value; error.data is the tool's", async () => {
    const text = flow('steps:\n  - id: w\n    tool: write\n    with: { v: 1 }\n    catch:\n      - { on: [declined], do: [], value: { v: "${size(error.data.why)}" } }\n');
    const declined: ToolFake = () => {
      throw new StepError("declined", "no", { data: { why: "poor" } });
    };
    expect(await outcome(text, { tools: { ...tools, write: declined } })).toMatchObject({ status: "completed", output: { v: 4 } });
  });
  test("an error inside a clause goes on to the flow's catch", async () => {
    const text = flow('steps:\n  - { id: a, fail: { code: one, message: "1" }, catch: [ { on: [one], do: [ { fail: { code: two, message: "2" } } ] } ] }\ncatch: [ { on: [two], do: [], value: "${error.code}" } ]');
    expect(await outcome(text)).toMatchObject({ status: "completed", output: "two" });
  });
});

describe("map", () => {
  const pure = flow('steps: [ { id: m, map: { over: input.xs, as: x }, value: "${x * 2 + index}" } ]');
  test("is a list in input order", async () => expect(await outcome(pure)).toMatchObject({ output: [2, 5, 8] }));
  test("runs effects side by side, in input order", async () => {
    const text = flow('steps: [ { id: m, map: { over: input.xs, as: x, concurrency: 2 }, do: [ { id: r, tool: read, with: { v: "${x}" } } ], value: "${steps.r.v}" } ]');
    let open = 0;
    let most = 0;
    const slow: ToolFake = async (value) => {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      await Promise.resolve();
      open -= 1;
      return value;
    };
    expect(await outcome(text, { tools: { ...tools, read: slow } })).toMatchObject({ output: [1, 2, 3] });
    expect(most).toBe(2);
  });
  const fails = (code: string): ToolFake => (value) => {
    if (JSON.stringify(value) === '{"v":2}') throw new StepError(code, "two");
    return value;
  };
  test("settled keeps what succeeded and what failed", async () => {
    const text = flow('steps: [ { id: m, map: { over: input.xs, as: x, join: settled }, do: [ { id: r, tool: read, with: { v: "${x}" } } ], value: "${steps.r.v}" } ]');
    expect(await outcome(text, { tools: { ...tools, read: fails("refused") } })).toMatchObject({ output: { ok: [1, 3], failed: [{ code: "refused", step: "m[1]/r" }] } });
  });
  test("all raises the first failure; any gives the first success; an impossible join is an error", async () => {
    const text = (join: string) => flow(`steps: [ { id: m, map: { over: input.xs, as: x, join: ${join}, concurrency: 1 }, do: [ { id: r, tool: read, with: { v: "\${x}" } } ], value: "\${steps.r.v}" } ]`);
    expect(await outcome(text("all"), { tools: { ...tools, read: fails("refused") } })).toMatchObject({ status: "failed", error: { code: "refused", step: "m[1]/r" } });
    expect(await outcome(text("any"), { tools: { ...tools, read: fails("refused") } })).toMatchObject({ output: { winner: 0, all: [1] } });
    expect(await outcome(text("3"), { tools: { ...tools, read: fails("refused") } })).toMatchObject({ status: "failed", error: { code: "join", step: "m" } });
  });
  test("5,000 items take no recursion and keep their order", async () => {
    const xs = Array.from({ length: 5000 }, (_, index) => index);
    expect((await outcome(pure, { input: { n: 1, xs } })).output).toEqual(xs.map((x, index) => x * 2 + index));
  });
});

describe("parallel", () => {
  test("gives each branch's value; `after` makes a DAG", async () => {
    const text = flow('steps:\n  - id: p\n    parallel: {}\n    branches:\n      b: { after: [a], value: "${branches.a + 1}" }\n      a: { do: [ { id: r, tool: read, with: { v: 5 } } ], value: "${steps.r.v}" }\n      c: { when: input.n > 9, value: 1 }\n');
    expect(await outcome(text)).toMatchObject({ output: { a: 5, b: 6 } });
  });
  test("any: the winner's value and name; the rest is cancelled", async () => {
    const text = flow('steps:\n  - id: p\n    parallel: { join: any }\n    branches:\n      slow: { do: [ { id: r, tool: read, with: { v: 1 } } ], value: "${steps.r.v}" }\n      fast: { do: [ { id: q, tool: read, with: { v: 2 } } ], value: "${steps.q.v}" }\n');
    const never: ToolFake = (value) => (JSON.stringify(value) === '{"v":1}' ? new Promise<Json>(() => undefined) : value);
    expect(await outcome(text, { tools: { ...tools, read: never } })).toMatchObject({ output: { winner: "fast", fast: 2, all: [2] } });
  });
  test("I12: two branches that ask let the run rest once both stand still", async () => {
    const text = flow('steps:\n  - id: p\n    parallel: {}\n    branches:\n      a: [ { id: x, ask: { question: "a?", output: boolean } } ]\n      b: [ { id: y, ask: { question: "b?", output: boolean } } ]\n');
    const running = start(text, { input, tools });
    await new Promise((go) => setImmediate(go));
    await new Promise((go) => setImmediate(go));
    expect(running.quiescent()).toBe(1);
  });
});

describe("loop", () => {
  test("while is tested before a pass, until after it; iteration counts from 0", async () => {
    const text = (test: string) => flow(`steps: [ { id: l, loop: { init: { n: 0 }, ${test}, max: 10, on_max: stop }, do: [], value: { n: "\${state.n + 1}" } } ]`);
    expect(await outcome(text("while: state.n < 3"))).toMatchObject({ output: { n: 3 } });
    expect(await outcome(text("until: state.n >= 3"))).toMatchObject({ output: { n: 3 } });
    expect(await outcome(text("until: iteration == 0"))).toMatchObject({ output: { n: 1 } });
  });
  test("a fold over a list", async () => {
    expect(await outcome(flow('steps: [ { id: l, loop: { over: input.xs, as: x, init: 0 }, do: [], value: "${state + x}" } ]'))).toMatchObject({ output: 6 });
  });
  test("max raises exhausted, and its catch sees the last completed state", async () => {
    const text = flow('steps:\n  - id: l\n    loop: { init: { n: 0 }, until: state.n > 9, max: 2 }\n    do: [ { id: r, tool: read, with: { v: "${state.n}" } } ]\n    value: { n: "${steps.r.v + 1}" }\n    catch: [ { on: [exhausted], do: [], value: "${state}" } ]\n');
    expect(await outcome(text)).toMatchObject({ output: { n: 2 } });
  });
});

describe("tools", () => {
  test("an expr tool is computed where it stands", async () => expect(await outcome(flow("steps: [ { tool: double, with: { v: 4 } } ]"))).toMatchObject({ output: { v: 8 } }));
  test("retries by policy with one key for all attempts", async () => {
    const keys: string[] = [];
    const twice: ToolFake = (value, { key }) => {
      keys.push(key);
      if (keys.length < 3) throw new StepError("unavailable", "away", { outcome: "unknown" });
      return value;
    };
    const running = start(flow("steps: [ { id: w, tool: write, policy: again, with: { v: 4 } } ]\nvalue: { a: \"${info.w.attempts}\" }"), { input, tools: { ...tools, write: twice } });
    const stop = setInterval(() => void running.clock.advance(10), 1);
    const state = await running.done;
    expect(state.error).toBeNull();
    expect(state.output).toEqual({ a: 3 });
    clearInterval(stop);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
  });
  test("an output that breaks its schema is invalid_output; an input is never sent", async () => {
    expect(await outcome(flow("steps: [ { tool: read, with: { v: 4 } } ]"), { tools: { ...tools, read: () => ({ v: "x" }) } })).toMatchObject({ status: "failed", error: { code: "invalid_output" } });
  });
  test("a step's own key is hashed with the tool's name: two steps with one key are one effect", async () => {
    const keys: string[] = [];
    const seen: ToolFake = (value, { key }) => {
      keys.push(key);
      return value;
    };
    await outcome(flow('steps: [ { tool: write, key: "k${input.n}", with: { v: 1 } }, { tool: write, key: "k${input.n}", with: { v: 1 } } ]'), { tools: { ...tools, write: seen } });
    expect(new Set(keys).size).toBe(1);
  });
});

describe("emit", () => {
  test("has a stable id, the topic's key, and gives what it sent", async () => {
    expect(await outcome(flow("steps: [ { id: e, emit: out, with: { v: 3 } } ]"))).toMatchObject({ output: { v: 3 }, emitted: [{ topic: "out", key: "3", id: "aarun/e/0", message: { v: 3 } }] });
  });
});

describe("time limits", () => {
  test("a step's timeout cancels it and can be caught", async () => {
    const text = flow('steps: [ { id: r, tool: read, with: { v: 1 }, timeout: 1s, catch: [ { on: [timeout], do: [], value: { v: 0 } } ] } ]');
    const running = start(text, { input, tools: { ...tools, read: () => new Promise<Json>(() => undefined) } });
    const stop = setInterval(() => void running.clock.advance(500), 1);
    expect(await running.done).toMatchObject({ status: "completed", output: { v: 0 } });
    clearInterval(stop);
  });
  test("an operator's cancel cannot be caught", async () => {
    const text = flow('steps: [ { id: r, tool: read, with: { v: 1 }, catch: [ { on: any, do: [], value: { v: 0 } } ] } ]');
    const running = start(text, { input, tools: { ...tools, read: () => new Promise<Json>(() => undefined) } });
    await new Promise((go) => setImmediate(go));
    running.cancel();
    expect(await running.done).toMatchObject({ status: "cancelled" });
  });
});

describe("replay", () => {
  const everything = flow(`steps:
  - { id: a, set: 1 }
  - { id: r, tool: read, with: { v: "\${input.n}" } }
  - { id: w, tool: write, with: { v: "\${steps.r.v}" } }
  - { id: m, map: { over: input.xs, as: x }, do: [ { id: q, tool: read, with: { v: "\${x}" } } ], value: "\${steps.q.v}" }
  - { id: p, parallel: { join: any }, branches: { one: { do: [ { id: o, tool: read, with: { v: 8 } } ], value: "\${steps.o.v}" }, two: { value: 9 } } }
  - { id: l, loop: { init: { n: 0 }, until: state.n >= 2, max: 5 }, do: [ { id: z, tool: read, with: { v: "\${state.n}" } } ], value: { n: "\${steps.z.v + 1}" } }
  - { id: s, switch: [ { when: input.n > 1, do: [ { id: t, tool: write, with: { v: 70 } } ] }, { else: { value: { v: 0 } } } ] }
  - { id: e, emit: out, with: { v: "\${steps.s.v}" } }
`, 'output: { fields: { v: number } }');
  test("from every prefix of the journal: same outcome, no recorded write again", async () => {
    const whole = await run(everything, { input, tools });
    expect(whole.state).toMatchObject({ status: "completed", output: { v: 70 } });
    const { events } = whole.journal;
    for (let cut = 0; cut <= events.length; cut++) {
      const past = events.slice(0, cut);
      const done = new Set(past.flatMap((event) => (event.type === "step.completed" && event.path !== undefined ? [event.path] : [])));
      const again: string[] = [];
      const counted: ToolFake = (value, { path }) => {
        again.push(path);
        return value;
      };
      const replayed = await run(everything, { input, past, tools: { read: counted, write: counted } });
      expect(replayed.state, `cut at ${cut}`).toMatchObject({ status: "completed", output: { v: 70 } });
      expect(again.filter((path) => done.has(path)), `cut at ${cut}`).toEqual([]);
    }
  });
});
