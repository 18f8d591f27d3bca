import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { ended, type Given, run, start } from "../run/run-world.js";
import { BAD, done, failing, saga, sagaFlow, undoOrder } from "./saga-world.js";

const AGENT = `
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { a: { model: m, instructions: "Do it", input: { fields: { n: number } }, output: { fields: { n: number } }, tools: [c, r] } }`;
const tools = { k: failing, c: failing };
const models = (path: string): Partial<ModelAnswer> => (path.endsWith("~1") ? { toolCalls: [0, 1, 2].map((n) => ({ id: `c${n}`, name: "c", args: { n } })) } : { text: '{ "n": 3 }' });

const FLOWS: readonly (readonly [name: string, text: string, given?: Given])[] = [
  ["steps", sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}\n- ${BAD()}`))],
  ["a map whose item fails", sagaFlow(saga(`- ${done("a", 1)}\n- map: { over: "[1, 2, -1, 4]" }\n  do: [ ${done("m", "${item}")}, ${done("m2", "${item * 10}")} ]`))],
  ["parallel branches, nested sagas and a called flow", `${sagaFlow(`- ${done("p", "${input.n}")}`).replace("flow: f", "flow: g").trim()}\n---\n${sagaFlow(saga(`
- ${done("a", 1)}
- parallel: {}
  branches:
    x: [ ${done("x1", 1)}, { id: sub, call: g, with: { n: 6 } } ]
    y: [ { id: nested, saga: {}, do: [ ${done("y1", 2)}, ${done("y2", 3)} ] } ]
- ${BAD()}`))}`],
  ["a loop", sagaFlow(saga(`- loop: { init: { n: 0 }, max: 3, until: state.n > 2 }\n  do: [ ${done("a", "${state.n}")} ]\n  value: { n: "\${state.n + 1}" }\n- ${BAD()}`))],
  ["an agent's calls", sagaFlow(saga(`- { id: g, agent: a, with: { n: 1 }, trust: model }\n- ${BAD()}`), AGENT), { models }],
  ["an undo of several steps", sagaFlow(saga(`- { id: a, tool: k, with: { n: 1 }, compensate: [ { tool: u, with: { n: 1 } }, { id: v, tool: u, with: { n: "\${steps.tool1.n + 1}" } }, { emit: out, with: { n: 1 } } ] }\n- ${BAD()}`.replace("steps.tool1.n", "output.n")), "topics: { out: {} }")],
  ["a join that is won in a saga", sagaFlow(saga(`- parallel: { join: any }\n  branches:\n    x: [ ${done("x1", 1)}, { id: sl, tool: r, with: { n: 9 } }, ${done("x2", 2)} ]\n    y: [ ${done("y1", 3)} ]\n- ${done("z", 4)}\n- ${BAD()}`))],
  ["behind a pivot", sagaFlow(saga(`- ${done("a", 1)}\n- { id: p, tool: k, with: { n: 5 }, pivot: true }\n- { id: t, tool: k, with: { n: 6 } }`))],
];

/** Paths whose end the journal holds. */
const recorded = (events: readonly RunEvent[]): ReadonlySet<string> => new Set(events.flatMap(({ type, path }) => (type === "step.completed" && path !== undefined ? [path] : [])));
const doneIn = (events: readonly RunEvent[]): readonly string[] => events.flatMap((event) => ((event.type === "step.completed" || event.type === "message.emitted") && event.data.undo !== undefined && event.path !== undefined ? [event.path] : []));

describe("replay from every prefix of the journal undoes the same, and repeats nothing that is recorded (I29)", () => {
  for (const [name, text, given = {}] of FLOWS) {
    test(name, { timeout: 60_000 }, async () => {
      const whole = await run(text, { tools, ...given });
      const { status } = whole.state;
      for (let length = 1; length < whole.events.length; length += 1) {
        const past = whole.events.slice(0, length);
        const again = start(text, { tools, ...given, past });
        expect((await ended(again)).status, `after ${length} events`).toBe(status);
        const known = recorded(past);
        expect(again.effects.filter((effect) => known.has(effect.replace(/^\S+ (.*)#\d+$/, "$1"))), `after ${length} events`).toEqual([]);
        const order = undoOrder(again.events);
        expect(new Set(order).size).toBe(order.length);
        if (status === "compensated") expect(order.toSorted()).toEqual(doneIn(again.events).toSorted());
        // What a join has cut off is undone with the join, what the saga has done with the saga.
        if (!name.includes("won")) expect(order).toEqual(status === "compensated" ? doneIn(again.events).toReversed() : []);
        expect(order.filter((path) => undoOrder(past).includes(path))).toEqual(undoOrder(past));
      }
    });
  }

  test("also when the answers of undos are lost on the way", async () => {
    const text = sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}\n- ${BAD()}`));
    let calls = 0;
    const lost = { ...tools, u: ({ input }: { readonly input: unknown }) => {
      calls += 1;
      if (calls % 3 !== 0) throw new StepError("timeout", "gone", { outcome: "unknown" });
      return JSON.parse(JSON.stringify(input));
    } };
    const { state, events, keys } = await run(text, { tools: lost });
    expect(state.status).toBe("compensated");
    expect(undoOrder(events)).toEqual(["s/b", "s/a"]);
    expect(new Set(keys.slice(3)).size).toBe(2);
  });
});
