import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { flow, ofType, run, start } from "./run-world.js";
import { saga, undoOrder } from "../saga/saga-world.js";

/** `k` fails with the data; a `catch` reads it as the declared type. */
const N = "{ fields: { n: number } }";
const tools = (status: number): string => `
tools:
  m: { module: ./tools.ts#m, input: ${N}, output: ${N}, effect: write, errors: { declined: { type: { fields: { reason: string } } }, refused: { type: { fields: { reason: string } } }, plain: {} } }
  h: { http: { method: POST, url: "http://127.0.0.1/" }, input: ${N}, output: ${N}, effect: write, errors: { declined: { status: [${status}], type: { fields: { reason: string } } } } }
  u: { module: ./tools.ts#u, input: ${N}, output: ${N}, effect: write, idempotency: key }
`;
const fails = (code: string, data?: Json) => () => {
  throw new StepError(code, "no", data === undefined ? {} : { data });
};
const caught = (tool: string, status = 402): string => flow(`- { id: a, tool: ${tool}, with: { n: 1 }, catch: [ { on: [declined], value: { n: "\${size(error.data.reason)}" } } ] }`, `${tools(status)}\nvalue: "\${steps.a.n}"`);

describe("the data of an error of the tool's own", () => {
  test("of the declared type is what a catch reads", async () => {
    expect((await run(caught("m"), { tools: { m: fails("declined", { reason: "r" }) } })).state).toMatchObject({ status: "completed", output: 1 });
  });

  test.each([["of another type", { reason: 7 }], ["that is no object", "<html>"], ["that is not there", undefined]])("%s makes it a refusal, which no catch of that error takes", async (_name, data) => {
    for (const tool of ["m", "h"]) {
      const { state, events } = await run(caught(tool), { tools: { [tool]: fails("declined", data) } });
      expect(state).toMatchObject({ status: "failed", error: { code: "refused", message: expect.stringMatching(/data of the error `declined` of `[mh]` breaks its schema/) } });
      expect(ofType(events, "step.failed").at(-1)?.data).toMatchObject({ outcome: "not_applied" });
    }
  });

  test("behind a status that hides what a write did leaves that unknown", async () => {
    const running = start(caught("h", 503), { tools: { h: fails("declined", "<html>") } });
    await running.clock.advance(1);
    expect(running).toMatchObject({ waits: [{ kind: "incident", path: "a" }], effects: ["h a#1"] });
  });

  test("is nobody's affair where every call may raise the code", async () => {
    const text = flow(`- { id: a, tool: m, with: { n: 1 }, catch: [ { on: [refused], value: { n: 0 } } ] }`, `${tools(402)}\nvalue: "\${steps.a.n}"`);
    expect((await run(text, { tools: { m: fails("refused") } })).state).toMatchObject({ output: 0 });
  });

  test("does not make a saga's write one that may have happened", async () => {
    const steps = saga(`- { id: one, tool: u, with: { n: 1 }, compensate: { tool: u, with: { n: 2 } } }\n- { id: two, tool: m, with: { n: 1 }, compensate: { tool: u, with: { n: 0 } } }`);
    const { state, events } = await run(flow(steps, tools(402)), { tools: { m: fails("declined", 7) } });
    expect(state).toMatchObject({ error: { code: "compensated", cause: { code: "refused" } } });
    expect(undoOrder(events)).toEqual(["s/one"]);
  });
});
