import { describe, expect, test } from "vitest";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { ofType, run } from "../run/run-world.js";
import { BAD, failing, saga, sagaFlow } from "./saga-world.js";

const AGENT = `
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { a: { model: m, instructions: "Do it", input: { fields: { n: number } }, output: { fields: { n: number } }, tools: [c, r] } }`;
const models = (path: string): Partial<ModelAnswer> => (path.endsWith("~1") ? { toolCalls: [0, -1, 2].map((n) => ({ id: `c${n}`, name: "c", args: { n } })) } : { text: '{ "n": 3 }' });

describe("an agent in a saga (I33)", () => {
  test("each of its writes is a participant, undone by its tool; no model is asked again", async () => {
    const { state, effects, events } = await run(sagaFlow(saga(`- { id: g, agent: a, with: { n: 1 }, trust: model }\n- ${BAD()}`), AGENT), { tools: { k: failing, c: failing }, models });
    expect(state.status).toBe("compensated");
    expect(effects.filter((effect) => effect.startsWith("model"))).toHaveLength(2);
    expect(effects.slice(-2)).toEqual(["u s/g~1.2!undo/tool1#1", "u s/g~1.0!undo/tool1#1"]);
    expect(ofType(events, "step.started").at(-1)?.data.input).toEqual({ n: 0 });
  });
});
