import { describe, expect, test } from "vitest";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { ofType, RUN, run } from "../run/run-world.js";
import { BAD, done, failing, sagaFlow, undoOrder } from "./saga-world.js";

const saga = (steps: string, more = ""): string => `
- id: s
  saga: {${more}}
  do:
${steps
  .trim()
  .split("\n")
  .map((line) => `    ${line}`)
  .join("\n")}`;

describe("a saga (I27-I29)", () => {
  test("that succeeds undoes nothing", async () => {
    const { state, effects, events } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}`), 'value: "${steps.s}"'), { tools: { k: failing } });
    expect(state).toMatchObject({ status: "completed", output: { n: 2 } });
    expect(effects).toEqual(["k s/a#1", "k s/b#1"]);
    expect(ofType(events, "saga.finished").map(({ data }) => data.status)).toEqual(["completed"]);
  });

  test("that fails undoes what was done, the last first, and its run ends compensated", async () => {
    const { state, effects, events, keys } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}\n- ${BAD()}`)), { tools: { k: failing } });
    expect(state).toMatchObject({ status: "compensated", error: { code: "compensated", step: "s", cause: { code: "nope", step: "s/bad" } } });
    expect(effects).toEqual(["k s/a#1", "k s/b#1", "k s/bad#1", "u s/b!undo/tool1#1", "u s/a!undo/tool1#1"]);
    expect(undoOrder(events)).toEqual(["s/b", "s/a"]);
    expect(keys.at(-1)).toBe(idempotencyKey(RUN, "s/a!undo"));
    expect(ofType(events, "step.started").filter(({ path }) => path === "s/a!undo/tool1")[0]?.data.input).toEqual({ n: 101 });
  });

  test("whose failure is caught goes on", async () => {
    const text = sagaFlow(`${saga(`- ${done("a", 1)}\n- ${BAD()}`)}\n  catch: [ { on: [compensated], value: { n: 7 } } ]`, 'value: "${steps.s}"');
    const { state } = await run(text, { tools: { k: failing } });
    expect(state).toMatchObject({ status: "completed", output: { n: 7 } });
  });
});
