import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/json.js";
import { world } from "../../support/runtime.js";
import { ofType, run } from "./run-world.js";

const MB = 1024 * 1024;
const BIG = "types: { Big: { fields: { text: string } } }\ntools:\n  big: { module: ./tools.ts#big, input: { fields: { n: number } }, output: Big, effect: read }\n  put: { module: ./tools.ts#put, input: { fields: { n: number } }, output: Big, effect: write, idempotency: key }\n";
const bigFlow = (steps: string, more = ""): string => `flowctl: v1\nflow: f\n${BIG}on: { manual: {} }\ninput: { fields: { n: number } }\n${more}\nsteps:\n${steps.replaceAll(/^/gm, "  ")}\n`;
const giving = (characters: number) => (): Json => ({ text: "x".repeat(characters) });

describe("I39: an output of more than 8 MB", () => {
  test("of a tool is the error `limit`, at once, also of a write", async () => {
    for (const tool of ["big", "put"]) {
      const { state, effects, events } = await run(bigFlow(`- { id: a, tool: ${tool}, with: { n: 1 } }`), { tools: { [tool]: giving(8 * MB) } });
      expect(state).toMatchObject({ status: "failed", error: { code: "limit", step: "a", message: expect.stringContaining("larger than 8 MB") } });
      expect(effects).toHaveLength(1);
      expect(ofType(events, "step.failed")).toMatchObject([{ data: { outcome: "not_applied" } }]);
    }
  });

  test("below that it is recorded", async () => {
    const { state } = await run(bigFlow("- { id: a, tool: big, with: { n: 1 } }", "value: \"${size(steps.a.text)}\""), { tools: { big: giving(8 * MB - 100) } });
    expect(state.output).toBe(8 * MB - 100);
  });

  test("of a pure step, a composite and a case can be caught as `limit`", async () => {
    const tools = { big: giving(5 * MB) };
    const read = "- { id: a, tool: big, with: { n: 1 } }\n";
    const { state } = await run(bigFlow(`${read}- id: all\n  map: { over: "[1, 2]", as: x }\n  value: "\${steps.a.text}"\n  catch: [ { on: [limit], value: ["small"] } ]`, "value: \"${steps.all}\""), { tools });
    expect(state).toMatchObject({ status: "completed", output: ["small"] });
    const pure = await run(bigFlow(`${read}- { id: all, set: ["\${steps.a.text}", "\${steps.a.text}"], catch: [ { on: [limit], value: ["less"] } ] }`, "value: \"${steps.all}\""), { tools });
    expect(pure.state).toMatchObject({ status: "completed", output: ["less"] });
  });
});

describe("I39: what a small message makes of more than 8 MB", () => {
  const LIST = "\"${input.items.map(i, input.text)}\"";
  const TEXT = "\"${join(input.items.map(i, input.text), ',')}\"";
  const manyFlow = (step: string): string => `flowctl: v1
flow: many
types: { Texts: { type: array, items: { type: string } } }
tools: { t: { module: ./tools.ts#t, input: Texts, output: { fields: { ok: string } }, effect: write } }
models: { m: { provider: scripted, model: m, answers: { a: well } } }
agents: { a: { model: m, instructions: ${TEXT} }, b: { model: m, instructions: x, input: Texts } }
tables: { rows: { key: string, value: string } }
topics: { keyed: { message: { fields: { k: string } }, key: msg.k } }
on: { manual: {} }
input: { fields: { text: string, items: "string[]" } }
steps: [ ${step} ]
`;

  test.each([
    `{ tool: t, with: ${LIST} }`,
    "{ agent: a }",
    `{ agent: b, with: ${LIST} }`,
    `{ fail: { code: mine, message: ${TEXT} } }`,
    `{ fail: { code: mine, message: m, data: ${LIST} } }`,
    `{ ask: { question: ${TEXT}, output: { fields: { ok: boolean } } } }`,
    `{ ask: { question: q, show: ${LIST}, output: { fields: { ok: boolean } } } }`,
    `{ wait: { topic: keyed, key: ${TEXT} }, timeout: 1s }`,
    `{ put: rows, key: ${TEXT}, with: x }`,
    `{ set: x, lock: ${TEXT.replaceAll(/[${}]/g, "")} }`,
  ])("is the error `limit` before anybody is given it: %s", async (step) => {
    const { state, effects, events } = await run(manyFlow(step), { input: { text: "x".repeat(MB), items: Array<string>(10).fill("i") } });
    expect(state).toMatchObject({ status: "failed", error: { code: "limit", message: expect.stringMatching(/^what it is given is larger than 8 MB/) } });
    expect(effects).toEqual([]);
    expect(JSON.stringify(events).length).toBeLessThan(2 * MB);
  });

  test("also where it is longer than a text can be", async () => {
    const { state } = await run(manyFlow(`{ fail: { code: mine, message: ${TEXT} } }`), { input: { text: "x".repeat(8 * MB), items: Array<string>(100).fill("i") } });
    expect(state).toMatchObject({ error: { code: "limit" } });
  });
});

describe("I39: a run with many events", () => {
  const WORK = `flowctl: v1
flow: long
tools:
  look: { module: ./tools.ts#look, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: read }
  put: { module: ./tools.ts#put, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key }
  back: { module: ./tools.ts#back, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key }
topics: { in: { message: { fields: { n: integer } } } }
on: in
input: { fields: { n: integer } }
CATCH
steps:
  - id: work
    saga: {}
    do:
      - { id: first, tool: put, with: { n: 0 }, compensate: { tool: back, with: { n: 0 } } }
      - id: all
        loop: { while: state < input.n, max: 1000000, init: 0 }
        do: [ { id: q, tool: look, with: { n: "\${state}" } } ]
        value: "\${state + 1}"
value: done
`;

  async function ends(many: number, clause: string) {
    const calls = { look: 0, put: 0, back: 0 };
    const tool = (name: keyof typeof calls) => (input: Json): Json => { calls[name] += 1; return input; };
    const one = world(WORK.replace("CATCH", clause), { look: tool("look"), put: tool("put"), back: tool("back") });
    await one.runtime.start();
    await one.send("in", [{ n: many }]);
    await one.settle();
    const [row] = await one.store.runs({ limit: 1 });
    await one.runtime.close();
    return { calls, row, notices: one.notices };
  }

  test("is told of at 10,000", async () => {
    expect((await ends(4000, "")).notices).toEqual([]);
    const { row, notices } = await ends(6000, "");
    expect(row).toMatchObject({ status: "completed" });
    expect(notices).toEqual([expect.stringMatching(/^run \w+ of `long` has 10000 events; with 100000 it fails$/)]);
  });

  test("fails at 100,000 with `limit`: nothing new starts, and what its saga did is undone", async () => {
    const { row, calls } = await ends(60_000, "");
    expect(row).toMatchObject({ status: "failed", error: { code: "limit", message: expect.stringContaining("more than 100000 events") } });
    expect(calls).toMatchObject({ put: 1, back: 1 });
    expect(calls.look).toBeLessThan(50_001);
  });

  test("whose flow catches `limit` answers", async () => {
    const { row } = await ends(60_000, "catch: [ { on: [limit], value: much } ]");
    expect(row).toMatchObject({ status: "completed" });
  });
});
