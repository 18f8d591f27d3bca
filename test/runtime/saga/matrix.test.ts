import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import { failureMatrices, type FailureRow } from "../../../src/core/plan/failure-matrix.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { loadFlows } from "../../support/runtime.js";
import { ended, ofType, type Running, start, type ToolFake } from "../run/run-world.js";
import { done, saga, sagaFlow, undoOrder } from "./saga-world.js";

const AGENT = `
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { g: { model: m, instructions: "Do it", input: { fields: { n: number } }, output: { fields: { n: number } }, tools: [c] } }
topics: { out: {} }`;

/** Of every kind of step that may stand in a saga, one that can fail. */
const CALLED = `${sagaFlow(`- ${done("p", "${input.n}")}\n- ${done("q", "${input.n}")}`).trim().replace("flow: f", "flow: called")}\n---\n`;
const WIDE = `${CALLED}${sagaFlow(saga(`
- ${done("a", 1)}
- { id: look, tool: r, with: { n: 1 } }
- { id: told, emit: out, with: { n: 1 } }
- { id: said, emit: out, with: { n: 1 }, compensate: { emit: out, with: { n: -1 } } }
- { id: many, map: { over: "[1, 2]", rest: finish, concurrency: 1 }, do: [ ${done("m", "${item}")}, ${done("m2", "${item}")} ] }
- { id: passes, loop: { init: { n: 0 }, max: 3, until: state.n > 1 }, do: [ ${done("l", "${state.n}")} ], value: { n: "\${state.n + 1}" } }
- id: fan
  parallel: {}
  branches:
    one: [ ${done("f1", 3)}, ${done("f2", 3)} ]
    two: { after: [one], do: [ ${done("f3", 4)} ] }
    three: [ ${done("f4", 5)} ]
- { id: sub, call: called, with: { n: 6 } }
- { id: agent, agent: g, with: { n: 1 }, trust: model }
- { id: ok, ask: { question: "ok?", output: boolean, timeout: 1m } }
- { id: comes, wait: { signal: go }, timeout: 1m }
- { id: inner, saga: {}, do: [ ${done("b", 2)}, ${done("d", 2)} ] }
- { id: soft, saga: {}, do: [ ${done("e", 2)}, ${done("e2", 2)} ], catch: [ { on: [compensated], value: 1 } ] }
- ${done("h", 7, ", catch: [ { on: any, value: { n: 0 } } ]")}
- { id: cut, map: { over: "[1, 2]", concurrency: 2 }, do: [ ${done("c1", "${item}")}, ${done("c2", "${item}")} ], catch: [ { on: any, value: [] } ] }
- { id: loose, map: { over: "[1, 2]", join: settled, concurrency: 1 }, do: [ ${done("s1", "${item}")} ] }
- { id: deep, saga: {}, do: [ ${done("x", 2)}, { id: pivot, tool: k, with: { n: 5 }, pivot: true }, { id: t, tool: k, with: { n: 6 } } ] }
- { id: last, tool: k, with: { n: 7 } }
- { id: bye, emit: out, with: { n: 1 } }
- { id: end, tool: r, with: { n: 1 }, catch: [ { on: any, value: { n: 0 } } ] }`), AGENT)}`;

/** Writes of each kind, told apart by what is done where their outcome is hidden. */
const HIDDEN = sagaFlow(saga(`
- ${done("a", 1)}
- ${done("k1", 2)}
- ${done("k2", 2, ", on_unknown: fail")}
- { id: w1, tool: w, with: { n: 3 }, compensate: { tool: u, with: { n: "\${output.n}" } } }
- { id: v1, tool: v, with: { n: 4 }, on_unknown: verify, compensate: { tool: u, with: { n: "\${output.n}" } } }
- { id: many, map: { over: "[1, 2]", rest: finish, concurrency: 1 }, do: [ { id: w2, tool: w, with: { n: 3 }, compensate: { tool: u, with: { n: "\${output.n}" } } } ] }
- { id: p, tool: w, with: { n: 5 }, pivot: true }
- { id: t, tool: k, with: { n: 6 } }`)).replace("  w: {", "  v: { module: ./tools.ts#v, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, verify: { tool: was, with: { n: \"${input.n}\" } } }\n  was: { module: ./tools.ts#was, input: { fields: { n: number } }, output: { fields: { happened: boolean, output: { fields: { n: number } } } }, effect: read }\n  w: {");

function matrixOf(text: string): readonly FailureRow[] {
  const plan = loadFlows(text).at(-1)?.plan;
  return plan === undefined ? [] : (failureMatrices(plan)[0]?.rows ?? []);
}

/** As the matrix names it. */
const general = (path: string): string => path.replace(/\[\d+\]/g, "[*]").replace(/#\d+/g, "#*").replace(/~[\d.]+/, "");
/** Where it fails so late that everything else that can run has run. */
const failingPath = (step: string): string => step.replace("[*]", "[1]").replace("#*", "#1");

const models = (path: string): Partial<ModelAnswer> => (path.endsWith("~1") ? { toolCalls: [0, 1].map((n) => ({ id: `c${n}`, name: "c", args: { n } })) } : { text: '{ "n": 3 }' });

/** Runs until nothing happens any more; the failing call waits for its siblings. */
async function failAt(step: string): Promise<Running> {
  const at = failingPath(step);
  const applied: ToolFake = async ({ input, run: { path } }) => {
    if (path === at) {
      await new Promise<void>((resolve) => void running.clock.after(1_000, resolve));
      throw new StepError("nope", "no");
    }
    return input;
  };
  const running: Running = start(WIDE, {
    tools: { k: applied, c: applied, r: applied, u: ({ input }) => input },
    models: (path) => {
      if (step === "s/agent" && path.endsWith("~2")) throw new StepError("refused", "no");
      return models(path);
    },
  });
  let over = false;
  void running.done.finally(() => (over = true)).catch(() => undefined);
  for (let minute = 0; minute < 6 && !over; minute += 1) {
    await running.clock.advance(5_000);
    if (step !== "s/ok") await answer(running, "s/ok", "ask");
    if (step !== "s/comes") await answer(running, "s/comes", "signal");
    await running.clock.advance(60_000);
  }
  return running;
}

const answered = new WeakMap<Running, Set<string>>();
async function answer(running: Running, path: string, kind: string): Promise<void> {
  const known = answered.get(running) ?? new Set();
  answered.set(running, known);
  if (known.has(path) || !running.waits.some((wait) => wait.path === path && wait.kind === kind)) return;
  known.add(path);
  running.wake("signal.received", kind === "ask" ? path : null, { id: path, name: kind === "ask" ? path : "go", from: "me", payload: true });
  await running.clock.advance(5_000);
}

/** Writes and messages that were applied and not taken back. */
function standing(events: readonly RunEvent[]): readonly string[] {
  const writes = new Set(events.flatMap(({ type, path = "", data }) => (type === "step.started" && data.effect === "write" ? [path] : [])));
  const done = events.flatMap(({ type, path = "" }) => ((type === "step.completed" && writes.has(path)) || type === "message.emitted" ? [path] : []));
  const undone = new Set(undoOrder(events));
  return [...new Set(done.filter((path) => !path.includes("!undo") && !undone.has(path)).map(general))];
}

describe("the failure matrix of a saga says what happens", () => {
  const rows = matrixOf(WIDE);

  test("names each step that can fail", () => {
    expect(rows.map(({ step, place }) => `${step} ${place}`)).toEqual([
      "s/a before", "s/look before", "s/told before", "s/said before", "s/many[*]/m before", "s/many[*]/m2 before", "s/passes#*/l before",
      "s/fan/f1 before", "s/fan/f2 before", "s/fan/f3 before", "s/fan/f4 before", "s/sub/p before", "s/sub/q before", "s/agent before", "s/ok before", "s/comes before",
      "s/inner/b before", "s/inner/d before", "s/soft/e before", "s/soft/e2 before", "s/h before", "s/cut[*]/c1 before", "s/cut[*]/c2 before", "s/loose[*]/s1 before",
      "s/deep/x before", "s/deep/pivot pivot", "s/deep/t behind", "s/last behind", "s/bye behind", "s/end behind",
    ]);
    expect(rows.flatMap(({ step, caught }) => (caught === null ? [] : [`${step} ${caught}`]))).toEqual([
      "s/soft/e s/soft", "s/soft/e2 s/soft", "s/h s/h", "s/cut[*]/c1 s/cut", "s/cut[*]/c2 s/cut", "s/loose[*]/s1 s/loose", "s/end s/end",
    ]);
  });

  // An emit fails for what its message is, and that is in the flow.
  for (const row of rows.filter(({ step }) => !["s/told", "s/said", "s/bye"].includes(step))) {
    test(`when ${row.step} fails`, async () => {
      const running = await failAt(row.step);
      const undone = [...new Set(undoOrder(running.events).map(general))];
      if (row.operator === "gives up") {
        expect(ofType(running.events, "incident.opened").map(({ path }) => path)).toEqual([failingPath(row.step)]);
        expect(undone).toEqual([]);
        expect(standing(running.events).toSorted()).toEqual(row.stays.toSorted());
        return;
      }
      const { status } = await ended(running);
      if (row.caught !== null) {
        expect(status).toBe("completed");
        expect(row.undone).toEqual(expect.arrayContaining(undone));
        // Items that had ended before the join was over stay.
        if (!row.step.startsWith("s/cut")) expect(undone).toEqual(row.undone);
        else expect(undone.length).toBe(row.step.endsWith("c2") ? 1 : 0);
        return;
      }
      expect(status).toBe("compensated");
      expect(undone.toSorted()).toEqual(row.undone.toSorted());
      expect(standing(running.events).toSorted()).toEqual(row.stays.toSorted());
      // Side by side the order is that of their ends.
      const apart = (paths: readonly string[]): readonly string[] => paths.filter((path) => !/fan|many/.test(path));
      expect(apart(undone)).toEqual(apart(row.undone));
    });
  }
});

describe("the failure matrix of a saga says when a person is asked", () => {
  for (const row of matrixOf(HIDDEN)) {
    test(`the outcome of ${row.step} is hidden: ${row.operator ?? "nobody"}`, async () => {
      const at = row.step.replace("[*]", "[0]");
      const hides: ToolFake = ({ input, run: { path } }) => {
        if (path === at) throw new StepError("timeout", "gone", { outcome: "unknown" });
        return input;
      };
      const running = start(HIDDEN, { tools: { k: hides, w: hides, v: hides, u: ({ input }) => input, was: ({ input }) => ({ happened: true, output: input }) } });
      await running.clock.advance(10_000);
      const asked = ofType(running.events, "incident.opened").map(({ path }) => path);
      expect(asked).toEqual(row.operator === "unknown" ? [at] : []);
      expect(undoOrder(running.events)).toEqual([]);
      // Where its key or another tool can tell, a person is asked only when nothing has helped.
      for (let hour = 0; hour < 4; hour += 1) await running.clock.advance(3_600_000);
      expect(ofType(running.events, "incident.opened").map(({ path }) => path)).toEqual(row.step === "s/v1" ? [] : [at]);
      running.drop();
    });
  }
});
