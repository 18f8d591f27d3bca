import { describe, expect, test } from "vitest";
import { hangs, ofType, run, start, ended, type Running } from "../run/run-world.js";
import { BAD, done, failing, saga, sagaFlow, undoOrder } from "./saga-world.js";

const tools = { k: failing, c: failing };
const slow = "{ tool: r, with: { n: 0 } }";

/** The same once more, as after a crash behind the beginning of its first undo, and cancelled. */
async function cancelledInUndo(text: string, before: Running): Promise<Running> {
  await ended(before);
  const past = before.events.slice(0, before.events.findIndex(({ type }) => type === "compensation.started") + 1);
  expect(past.length).toBeGreaterThan(1);
  const again = start(text, { tools, past });
  again.cancel();
  expect((await ended(again)).status).toBe("cancelled");
  return again;
}

describe("a branch that can be cancelled is undone as a saga is (I23)", () => {
  test("the losers of a join are undone before it completes, the winner stays", async () => {
    const { state, effects, events } = await run(sagaFlow(`- id: j\n  parallel: { join: any }\n  branches:\n    x: [ ${done("x1", 1)}, ${slow} ]\n    y: [ ${done("y1", 2)}, ${done("y2", 3)} ]\n- { id: z, tool: k, with: { n: 4 } }`), { tools: { ...tools, r: hangs } });
    expect(state.status).toBe("completed");
    expect(effects.slice(-2)).toEqual(["u j/x1!undo/tool1#1", "k z#1"]);
    const types = events.map(({ type, path }) => `${type} ${path ?? ""}`);
    expect(types.indexOf("step.decided j")).toBeLessThan(types.indexOf("compensation.started j/x1!undo"));
    expect(types.indexOf("compensation.completed j/x1!undo")).toBeLessThan(types.indexOf("step.completed j"));
  });

  for (const around of ["", "in a saga "]) {
    test(`a loser whose last write ends after the decision has lost all the same ${around}`, async () => {
      const join = `- id: j\n  parallel: { join: any }\n  branches:\n    x: [ ${done("x1", 1)} ]\n    y: [ ${done("y1", 2)} ]`;
      const late = Promise.withResolvers<void>();
      const running = start(sagaFlow(around === "" ? join : saga(join), `value: "\${steps.${around === "" ? "j" : "s"}}"`), {
        tools: {
          ...tools,
          async k({ input, run: { path } }) {
            if (path.endsWith("x1")) await late.promise;
            return input;
          },
        },
      });
      await running.clock.advance(1);
      late.resolve();
      expect(await ended(running)).toMatchObject({ status: "completed", output: { winner: "y", all: [{ n: 2 }] } });
      expect(undoOrder(running.events).map((path) => path.slice(-2))).toEqual(["x1"]);
    });
  }

  test("what was decided stands: a cancellation after a crash leaves no undo of a loser half done", async () => {
    const text = sagaFlow(`- id: j\n  parallel: { join: any }\n  branches:\n    x: [ ${done("x1", 1)} ]\n    y: [ ${done("y1", 2)} ]`);
    const late = Promise.withResolvers<void>();
    const before = start(text, { tools: { ...tools, k: async ({ input, run: { path } }) => (path.endsWith("x1") && (await late.promise), input) } });
    await before.clock.advance(1);
    late.resolve();
    const again = await cancelledInUndo(text, before);
    expect(undoOrder(again.events)).toEqual(["j/x1"]);
    expect(ofType(again.events, "compensation.completed")).toHaveLength(1);
  });

  test("and the cause that the first of its undos began with, for those behind it too", async () => {
    const because = (id: string, n: number): string => `{ id: ${id}, tool: k, with: { n: ${n} }, compensate: { tool: u, with: { n: "\${error.code == 'nope' ? 1 : 2}" } } }`;
    const text = sagaFlow(`- id: j\n  parallel: { join: any }\n  branches:\n    x: [ ${because("x1", 1)}, ${because("x2", 2)}, ${BAD()} ]\n    y: [ { id: y0, wait: 1m }, ${done("y1", 2)} ]`);
    const again = await cancelledInUndo(text, start(text, { tools }));
    expect(undoOrder(again.events)).toEqual(["j/x2", "j/x1"]);
    expect(ofType(again.events, "compensation.started").map(({ data }) => data.cause?.code)).toEqual(["nope", "nope"]);
    expect(ofType(again.events, "step.started").slice(-2).map(({ data }) => data.input)).toEqual([{ n: 1 }, { n: 1 }]);
  });

  test("but not that of a join inside, which is over", async () => {
    const because = (id: string, n: number): string => `{ id: ${id}, tool: k, with: { n: ${n} }, compensate: { tool: u, with: { n: "\${error.code == 'nope' ? 1 : 2}" } } }`;
    const inner = `{ id: inn, parallel: { join: any }, branches: { p: [ ${because("pa", 5)}, { id: pw, wait: 1m } ], q: [ { id: q0, wait: 1s } ] } }`;
    const text = sagaFlow(`- id: j\n  parallel: { join: any }\n  branches:\n    x: [ ${inner}, ${because("x1", 1)}, ${BAD()} ]\n    y: [ { id: y0, wait: 1m }, ${done("y1", 2)} ]`);
    const before = start(text, { tools });
    await ended(before);
    expect(ofType(before.events, "compensation.started").map(({ data }) => [data.of, data.cause?.code])).toEqual([["j/inn/pa", "cancelled"], ["j/x1", "nope"]]);
    for (const type of ["compensation.started", "step.started"]) {
      const cut = before.events.findLastIndex((event) => event.type === type && event.path?.startsWith("j/x1!undo") === true) + 1;
      const again = start(text, { tools, past: before.events.slice(0, cut) });
      expect(await ended(again)).toMatchObject({ status: "completed" });
      expect(again.events.findLast(({ type, path }) => type === "step.started" && path?.startsWith("j/x1!undo") === true)?.data).toMatchObject({ input: { n: 1 } });
    }
  });

  test("a cancellation after a crash leaves no undo half done in a branch that has not had its turn again", async () => {
    const text = sagaFlow(`- id: j\n  parallel: { concurrency: 1 }\n  branches:\n    x: [ { id: x0, tool: r, with: { n: 0 }, when: 1 > 2 } ]\n    y:\n${saga(`- ${done("y1", 2)}\n- ${BAD()}`).split("\n").map((line) => `      ${line}`).join("\n")}`);
    const before = start(text, { tools });
    const again = await cancelledInUndo(text, before);
    expect(undoOrder(again.events)).toEqual(["j/s/y1"]);
  });

  test("items that are cancelled by a failure are undone, and so is the one that failed; what was done before stays", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const running = start(sagaFlow(`- id: m\n  map: { over: "[1, 2, -1]" }\n  do: [ ${done("a", "${item < 0 ? 3 : item}")}, { id: w, when: item != 1, tool: k, with: { n: "\${item}" }, compensate: { set: 1 } } ]\n  catch: [ { on: any, value: [] } ]`), {
      tools: {
        ...tools,
        async k(call, name) {
          if (call.run.path === "m[2]/w") await held;
          if (call.run.path === "m[1]/w" && call.attempt === 1) return hangs();
          return failing(call, name);
        },
      },
    });
    await running.clock.advance(1);
    release();
    await running.clock.advance(31_000);
    // Aborting the write has hidden its outcome: it is repeated to find out.
    expect(running.events.some(({ type, path }) => type === "step.failed" && path === "m[1]/w")).toBe(true);
    expect(ofType(running.events, "step.decided")[0]?.data.value).toMatchObject({ failed: 2, done: [0] });
    expect(await ended(running)).toMatchObject({ status: "completed" });
    expect(undoOrder(running.events)).toEqual(["m[1]/w", "m[2]/a", "m[1]/a"]);
  });

  test("in a saga that fails with the join nothing is undone twice, and all in one order", async () => {
    const { effects } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- parallel: {}\n  branches:\n    x: [ ${done("x1", 1)}, ${slow} ]\n    y: [ ${done("y1", 2)}, ${BAD()} ]`)), { tools: { ...tools, r: hangs } });
    expect(effects.slice(-3).map((effect) => effect.replace("parallel1/", ""))).toEqual(["u s/y1!undo/tool1#1", "u s/x1!undo/tool1#1", "u s/a!undo/tool1#1"]);
  });

  test("in a saga that catches the failure only what the join has cut off is undone", async () => {
    const { state, effects } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- parallel: {}\n  branches:\n    x: [ ${done("x1", 1)}, ${slow} ]\n    y: [ ${BAD()} ]\n  catch: [ { on: any, value: 1 } ]\n- ${done("b", 3)}`)), { tools: { ...tools, r: hangs } });
    expect(state.status).toBe("completed");
    expect(effects.slice(-2).map((effect) => effect.replace("parallel1/", ""))).toEqual(["u s/x1!undo/tool1#1", "k s/b#1"]);
  });

  test("outside a saga an operator's cancel undoes what its branches have done", async () => {
    const running = start(sagaFlow(`- ${done("before", 9)}\n- parallel: {}\n  branches:\n    x: [ ${done("x1", 1)}, { id: h1, tool: r, with: { n: 0 } } ]\n    y: [ ${done("y1", 2)} ]`), { tools: { ...tools, r: hangs } });
    await running.clock.advance(1);
    running.cancel();
    expect((await ended(running)).status).toBe("cancelled");
    expect(undoOrder(running.events)).toEqual(["parallel1/x1"]);
  });
});
