import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { ToolCall } from "../../../src/core/ports/tool.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { ended, hangs, ofType, RUN, run, start } from "../run/run-world.js";
import { BAD, done, failing, saga, sagaFlow, undoOrder } from "./saga-world.js";

const tools = { k: failing, c: failing };

describe("a saga (I27–I29)", () => {
  test("that succeeds undoes nothing", async () => {
    const { state, effects, events } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}`), 'value: "${steps.s}"'), { tools });
    expect(state).toMatchObject({ status: "completed", output: { n: 2 } });
    expect(effects).toEqual(["k s/a#1", "k s/b#1"]);
    expect(ofType(events, "saga.finished").map(({ data }) => data.status)).toEqual(["completed"]);
  });

  test("that fails undoes what was done, the last first, and its run ends compensated", async () => {
    const { state, effects, events, keys } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}\n- ${BAD()}`)), { tools });
    expect(state).toMatchObject({ status: "compensated", error: { code: "compensated", step: "s", cause: { code: "nope", step: "s/bad" } } });
    expect(effects).toEqual(["k s/a#1", "k s/b#1", "k s/bad#1", "u s/b!undo/tool1#1", "u s/a!undo/tool1#1"]);
    expect(undoOrder(events)).toEqual(["s/b", "s/a"]);
    expect(keys.at(-1)).toBe(idempotencyKey(RUN, "s/a!undo"));
    expect(ofType(events, "step.started").find(({ path }) => path === "s/a!undo/tool1")?.data.input).toEqual({ n: 101 });
  });

  test("waits for a person where a write's answer cannot be used, also when its time is over by then (I28)", async () => {
    const text = sagaFlow(saga("- { id: a, tool: k, timeout: 20s, with: { n: 1 }, compensate: { tool: u, with: { n: 1 } } }"));
    let calls = 0;
    const running = start(text, { tools: { k: () => ((calls += 1) === 1 ? hangs() : { wrong: true }) } });
    await running.clock.advance(60_000);
    expect(running.effects).toEqual(["k s/a#1", "k s/a#2"]);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s/a" }]);
    expect(ofType(running.events, "saga.compensating")).toEqual([]);
    running.drop();
    const again = start(text, { past: running.events, clock: running.clock });
    await again.clock.advance(1);
    expect(again.waits).toMatchObject([{ kind: "incident", path: "s/a" }]);
    again.wake("incident.resolved", "s/a", { action: "resolve", by: "me", output: { n: 1 } });
    expect(await ended(again)).toMatchObject({ status: "completed" });
    expect(again.effects).toEqual([]);
  });

  test("whose failure is caught goes on", async () => {
    const text = sagaFlow(`${saga(`- ${done("a", 1)}\n- ${BAD()}`)}\n  catch: [ { on: [compensated], value: "\${error.cause.message}" } ]`, 'value: "${steps.s}"');
    expect((await run(text, { tools })).state).toMatchObject({ status: "completed", output: "no" });
  });

  test("undoes from the values that were recorded, in the scope of the step", async () => {
    const block = '{ do: [ { id: sum, set: "${input.n + steps.before + output.n + item * 10}" }, { tool: u, with: { n: "${steps.sum}" } }, { tool: u, with: { n: "${size(key) > 0 && error.code == \'nope\' ? 1 : 0}" } } ] }';
    const { effects, events, keys } = await run(
      sagaFlow(`- { id: before, set: 5 }\n${saga(`- map: { over: "[1, 2]", as: item, concurrency: 1 }\n  do: [ { id: a, tool: k, with: { n: 100 }, compensate: ${block} } ]\n- ${BAD()}`)}`),
      { tools, input: { n: 1000 } },
    );
    expect(effects.slice(3)).toEqual(["u s/map1[1]/a!undo/tool1#1", "u s/map1[1]/a!undo/tool2#1", "u s/map1[0]/a!undo/tool1#1", "u s/map1[0]/a!undo/tool2#1"]);
    expect(ofType(events, "step.started").filter(({ path = "" }) => path.includes("!undo")).map(({ data }) => data.input)).toEqual([{ n: 1125 }, { n: 1 }, { n: 1115 }, { n: 1 }]);
    expect(new Set(keys.slice(3)).size).toBe(4);
    expect(ofType(events, "step.completed").find(({ path }) => path === "s/map1[0]/a")?.data.undo).toMatchObject({ scope: { input: { n: 1000 }, steps: { before: 5 }, item: 1 }, within: ["s"] });
  });

  test("what was null is null for its undo too", async () => {
    const maybe = 'types: { Maybe: { type: [number, "null"] } }\n';
    const undo = (of: string): string => `{ tool: u, with: { n: "\${${of} == null ? 7 : 8}" } }`;
    const made = async (steps: string): Promise<unknown> => {
      const { state, events } = await run(sagaFlow(saga(`${steps}\n- ${BAD()}`), maybe), { tools });
      expect(state.status).toBe("compensated");
      return ofType(events, "step.started").filter(({ path = "" }) => path.includes("!undo")).map(({ data }) => data.input);
    };
    expect(await made(`- map: { over: "[null, 3]", as: item, concurrency: 1 }\n  do: [ { id: a, tool: k, with: { n: 1 }, compensate: ${undo("item")} } ]`)).toEqual([{ n: 8 }, { n: 7 }]);
    expect(await made(`- loop: { init: null, type: Maybe, max: 1, on_max: stop }\n  do: [ { id: a, tool: k, with: { n: 1 }, compensate: ${undo("state")} } ]\n  value: 1`)).toEqual([{ n: 7 }]);
  });

  test("takes the compensate of the tool where the step has none", async () => {
    const { effects, events } = await run(sagaFlow(saga(`- { id: a, tool: c, with: { n: 4 } }\n- ${BAD()}`)), { tools });
    expect(effects).toEqual(["c s/a#1", "k s/bad#1", "u s/a!undo/tool1#1"]);
    expect(ofType(events, "step.started").at(-1)?.data.input).toEqual({ n: 4 });
  });

  test("undoes an emit that says how, and a `set` costs nothing", async () => {
    const text = sagaFlow(saga(`- { id: e, emit: out, with: { n: 1 }, compensate: { emit: out, with: { n: "\${-output.n}" } } }\n- ${BAD()}`), "topics: { out: {} }");
    const { state } = await run(text, { tools });
    expect(state.emitted.map(({ message }) => message)).toEqual([{ n: 1 }, { n: -1 }]);
  });

  test("is one with the sagas inside it: a completed one is undone with the rest, in one order", async () => {
    const inner = `- id: inside\n  saga: {}\n  do: [ ${done("b", 2)}, ${done("c1", 3)} ]`;
    const { effects } = await run(sagaFlow(saga(`- ${done("a", 1)}\n${inner}\n- ${done("d", 4)}\n- ${BAD()}`)), { tools });
    expect(effects.slice(5)).toEqual(["u s/d!undo/tool1#1", "u s/inside/c1!undo/tool1#1", "u s/inside/b!undo/tool1#1", "u s/a!undo/tool1#1"]);
  });

  test("goes on when the failure of a saga inside is caught: only that one is undone", async () => {
    const inner = `- id: inside\n  saga: {}\n  do: [ ${done("b", 2)}, ${BAD()} ]\n  catch: [ { on: [compensated], value: { n: 0 } } ]`;
    const { state, effects } = await run(sagaFlow(saga(`- ${done("a", 1)}\n${inner}\n- ${done("d", 4)}`)), { tools });
    expect(state.status).toBe("completed");
    expect(effects).toEqual(["k s/a#1", "k s/inside/b#1", "k s/inside/bad#1", "u s/inside/b!undo/tool1#1", "k s/d#1"]);
  });

  test("undoes what a called flow has done", async () => {
    const text = `${sagaFlow(saga(`- { id: sub, call: g, with: { n: 6 } }\n- ${BAD()}`))}---\n${sagaFlow(`- ${done("p", "${input.n}")}`).trim().replace("flow: f", "flow: g")}\n`;
    const { effects, events } = await run(text.split("---\n").toReversed().join("\n---\n"), { tools });
    expect(effects).toEqual(["k s/sub/p#1", "k s/bad#1", "u s/sub/p!undo/tool1#1"]);
    expect(ofType(events, "step.started").at(-1)?.data.input).toEqual({ n: 106 });
  });

  test("loops: each pass is undone", async () => {
    const text = sagaFlow(saga(`- loop: { init: { n: 0 }, max: 3, until: state.n > 1 }\n  do: [ ${done("a", "${state.n}")} ]\n  value: { n: "\${state.n + 1}" }\n- ${BAD()}`));
    const { effects } = await run(text, { tools });
    expect(effects.slice(3)).toEqual(["u s/loop1#1/a!undo/tool1#1", "u s/loop1#0/a!undo/tool1#1"]);
  });

  test("a return inside ends it completed", async () => {
    const { state, events } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- { return: 5 }`)), { tools });
    expect(state).toMatchObject({ status: "completed", output: 5 });
    expect(ofType(events, "saga.finished").map(({ data }) => data.status)).toEqual(["completed"]);
  });

  test("whose time is over is undone because of that", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- { tool: r, with: { n: 1 } }`, " timeout: 10s ")), { tools: { ...tools, r: hangs } });
    expect(await ended(running)).toMatchObject({ status: "compensated", error: { cause: { code: "timeout" } } });
    expect(running.effects.at(-1)).toBe("u s/a!undo/tool1#1");
  });

  test("an operator's cancel undoes it first, and nothing stops the undo", async () => {
    let release = (): void => undefined;
    const undone = new Promise<void>((resolve) => (release = resolve));
    const running = start(sagaFlow(`${saga(`- ${done("a", 1)}\n- { tool: r, with: { n: 1 } }`)}\n  catch: [ { on: any, value: { n: 0 } } ]\n- { id: z, tool: k, with: { n: 9 } }`, "timeout: 1h"), {
      tools: { ...tools, r: hangs, async u({ input }) { await undone; return input; } },
    });
    await running.clock.advance(1);
    running.cancel();
    await running.clock.advance(7_200_000);
    expect(running.effects.at(-1)).toBe("u s/a!undo/tool1#1");
    release();
    expect(await ended(running)).toMatchObject({ status: "cancelled" });
    expect(undoOrder(running.events)).toEqual(["s/a"]);
    expect(ofType(running.events, "saga.compensating")[0]?.data).toMatchObject({ cause: { code: "cancelled" }, cancelled: true });
  });

  test("a time limit around it undoes it first; the flow's own catch still answers", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- { tool: r, with: { n: 1 } }`), "timeout: 1m\ncatch: [ { on: [timeout], value: late } ]"), { tools: { ...tools, r: hangs } });
    expect(await ended(running)).toMatchObject({ status: "completed", output: "late" });
    expect(running.effects.at(-1)).toBe("u s/a!undo/tool1#1");
    expect(ofType(running.events, "saga.compensating")[0]?.data.cause.code).toBe("timeout");
  });

  test("sagas side by side that are cancelled are undone in one order by the one around them", async () => {
    const side = (id: string, n: number): string => `{ do: [ { id: ${id}, saga: {}, do: [ ${done(`${id}1`, n)}, { id: ${id}r, tool: r, with: { n: 0 } } ] } ] }`;
    const text = sagaFlow(saga(`- ${done("a", 1)}\n- parallel: { join: settled }\n  branches: { x: ${side("x", 2)}, y: ${side("y", 3)} }`));
    const running = start(text, { tools: { ...tools, r: hangs } });
    await running.clock.advance(1);
    running.cancel();
    expect(await ended(running)).toMatchObject({ status: "cancelled" });
    expect(undoOrder(running.events)).toEqual(["s/parallel1/y/y1", "s/parallel1/x/x1", "s/a"].map((path) => running.events.find((event) => event.type === "compensation.completed" && event.data.of.endsWith(path.slice(-2)))?.path?.replace("!undo", "") ?? path));
    expect(ofType(running.events, "saga.compensating").map(({ path }) => path)).toEqual(["s"]);
  });
});

describe("unknown outcomes in a saga", () => {
  const hidden = (): never => {
    throw new StepError("timeout", "gone", { outcome: "unknown" });
  };

  test("are found out before anything is undone: the write is repeated under its key, and undone when it had happened", async () => {
    let calls = 0;
    const { state, effects, keys } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2, ", timeout: 1s, policy: p")}\n- ${BAD()}`)), {
      tools: {
        ...tools,
        k: (call, name) => {
          if (call.run.path === "s/b" && (calls += 1) <= 4) return hidden();
          return failing(call, name);
        },
      },
    });
    expect(state.status).toBe("compensated");
    expect(effects.filter((effect) => effect.startsWith("k s/b#"))).toHaveLength(5);
    expect(new Set(keys.slice(1, 6)).size).toBe(1);
    expect(effects.slice(-2)).toEqual(["u s/b!undo/tool1#1", "u s/a!undo/tool1#1"]);
  });

  test("that nothing makes repeatable are an operator's, and then undone", async () => {
    const running = start(sagaFlow(saga(`- { id: x, tool: w, with: { n: 1 }, compensate: { tool: u, with: { n: "\${output.n}" } } }\n- ${BAD()}`)), { tools: { ...tools, w: hidden } });
    await running.clock.advance(1);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s/x" }]);
    running.wake("incident.resolved", "s/x", { action: "resolve", by: "me", output: { n: 44 } });
    expect((await ended(running)).status).toBe("compensated");
    expect(ofType(running.events, "step.started").at(-1)?.data).toMatchObject({ input: { n: 44 } });
  });

  test("a write in flight when a saga is cancelled ends, is recorded and undone", async () => {
    let answer = (): void => undefined;
    const running = start(sagaFlow(saga(`- ${done("a", 1)}`)), { tools: { ...tools, k: ({ input }) => new Promise((resolve) => (answer = () => resolve(input))) } });
    await running.clock.advance(1);
    running.cancel();
    await running.clock.advance(1);
    expect(running.effects).toEqual(["k s/a#1"]);
    answer();
    expect((await ended(running)).status).toBe("cancelled");
    expect(running.effects).toEqual(["k s/a#1", "u s/a!undo/tool1#1"]);
  });

  test("nor does a return behind that write, or in a branch beside it, end the saga completed", async () => {
    for (const steps of [`- ${done("a", 1)}\n- { return: 5 }`, `- id: j\n  parallel: { join: settled }\n  branches:\n    x: [ ${done("a", 1)} ]\n    y: [ { return: 5 } ]`]) {
      let answer = (): void => undefined;
      const running = start(sagaFlow(saga(steps)), { tools: { ...tools, k: ({ input }) => new Promise((resolve) => (answer = () => resolve(input))) } });
      await running.clock.advance(1);
      running.cancel();
      await running.clock.advance(1);
      answer();
      expect(await ended(running)).toMatchObject({ status: "cancelled" });
      expect(running.effects.at(-1)).toMatch(/^u s\/(j\/)?a!undo\/tool1#1$/);
      expect(ofType(running.events, "saga.finished").map(({ data }) => data.status)).toEqual(["compensated"]);
    }
  });

  test("an answer that breaks its schema has happened all the same: an operator says what it is undone from", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- ${BAD()}`)), { tools: { ...tools, k: (call, name) => (call.run.path === "s/a" ? "nonsense" : failing(call, name)) } });
    await running.clock.advance(1);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s/a" }]);
    running.wake("incident.resolved", "s/a", { action: "resolve", by: "me", output: { n: 3 } });
    expect((await ended(running)).status).toBe("compensated");
    expect(ofType(running.events, "step.started").at(-1)?.data).toMatchObject({ input: { n: 103 } });
  });
});

describe("an undo that does not succeed (I31)", () => {
  const away = (): never => {
    throw new StepError("unavailable", "away");
  };

  test("is tried 20 times under one key, then an operator is asked, and later undos wait", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- ${done("b", 2)}\n- ${BAD()}`)), { tools: { ...tools, u: (call) => (call.run.path.startsWith("s/b") ? away() : call.input) } });
    for (let hour = 0; hour < 4; hour += 1) await running.clock.advance(3_600_000);
    expect(running.effects.filter((effect) => effect.startsWith("u s/b"))).toHaveLength(20);
    expect(running.effects.some((effect) => effect.startsWith("u s/a"))).toBe(false);
    expect(ofType(running.events, "incident.opened").map(({ path, data }) => [path, data.kind])).toEqual([["s/b!undo/tool1", "undo"]]);
    running.wake("incident.resolved", "s/b!undo/tool1", { action: "skip", by: "me" });
    expect((await ended(running)).status).toBe("compensated");
    expect(undoOrder(running.events)).toEqual(["s/b", "s/a"]);
  });

  test("is tried again when an operator says so, also by another process", async () => {
    const text = sagaFlow(saga(`- ${done("b", 2)}\n- ${BAD()}`));
    const first = start(text, { tools: { ...tools, u: away } });
    for (let hour = 0; hour < 4; hour += 1) await first.clock.advance(3_600_000);
    first.drop();
    const parked = start(text, { past: first.events });
    await parked.clock.advance(1);
    expect(parked.waits).toMatchObject([{ kind: "incident", path: "s/b!undo/tool1" }]);
    expect(ofType(parked.events, "incident.opened")).toHaveLength(1);
    parked.wake("incident.resolved", "s/b!undo/tool1", { action: "retry", by: "me" });
    expect((await ended(parked)).status).toBe("compensated");
    expect(parked.effects).toEqual(["u s/b!undo/tool1#21"]);
  });

  test("and fails for a reason of its own is an operator's too", async () => {
    const running = start(sagaFlow(saga(`- { id: a, tool: k, with: { n: 1 }, compensate: { set: "\${[1][int(output.n) + 5]}" } }\n- ${BAD()}`)), { tools });
    await running.clock.advance(1);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s/a!undo" }]);
    running.wake("incident.resolved", "s/a!undo", { action: "resolve", by: "me" });
    expect((await ended(running)).status).toBe("compensated");
  });
});

describe("a pivot (I32)", () => {
  const pivot = "- { id: p, tool: k, with: { n: 5 }, pivot: true }";

  test("that fails undoes the saga", async () => {
    const { state, effects } = await run(sagaFlow(saga(`- ${done("a", 1)}\n- { id: p, tool: k, with: { n: -1 }, pivot: true }`)), { tools });
    expect(state.status).toBe("compensated");
    expect(effects.at(-1)).toBe("u s/a!undo/tool1#1");
  });

  test("makes what follows go through: retried, then an incident, never undone", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n${pivot}\n- { id: t, tool: k, with: { n: 6 } }`), 'value: "${steps.s}"'), {
      tools: {
        ...tools,
        k: ({ input, run: { path } }) => {
          if (path === "s/t") throw new StepError("unavailable", "away");
          return input;
        },
      },
    });
    for (let hour = 0; hour < 4; hour += 1) await running.clock.advance(3_600_000);
    expect(running.effects.filter((effect) => effect.startsWith("k s/t"))).toHaveLength(20);
    expect(ofType(running.events, "incident.opened").map(({ path, data }) => [path, data.kind])).toEqual([["s/t", "forward"]]);
    running.wake("incident.resolved", "s/t", { action: "resolve", by: "me", output: { n: 8 } });
    expect(await ended(running)).toMatchObject({ status: "completed", output: { n: 8 } });
    expect(ofType(running.events, "saga.compensating")).toEqual([]);
  });

  test("an operator whose retry does not help is asked again, also where each attempt is another process's", async () => {
    const text = sagaFlow(saga(`${pivot}\n- { id: t, tool: k, with: { n: 6 }, policy: p }`));
    const given = {
      tools: {
        ...tools,
        k: ({ input, run: { path } }: ToolCall) => {
          if (path === "s/t") throw new StepError("unavailable", "away");
          return input;
        },
      },
    };
    let running = start(text, given);
    await running.clock.advance(10_000);
    running.wake("incident.resolved", "s/t", { action: "retry", by: "me" });
    for (let process = 0; process < 5; process += 1) {
      await running.clock.advance(1000);
      running.drop();
      running = start(text, { ...given, past: running.events, clock: running.clock });
    }
    await running.clock.advance(10_000);
    expect(ofType(running.events, "incident.opened").map(({ path }) => path)).toEqual(["s/t", "s/t"]);
    expect(ofType(running.events, "step.started").filter(({ path }) => path === "s/t")).toHaveLength(6);
  });

  test("and what follows is out of reach of a cancel and of every time limit; the run ends cancelled behind the saga", async () => {
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const running = start(sagaFlow(`${saga(`- ${done("a", 1)}\n${pivot}\n- { id: t, tool: k, with: { n: 6 } }`, " timeout: 1m ")}\n- { id: z, tool: k, with: { n: 7 } }`, "timeout: 1h"), {
      tools: {
        ...tools,
        async k({ input, run: { path } }) {
          if (path === "s/p") await slow;
          return input;
        },
      },
    });
    await running.clock.advance(120_000);
    running.cancel();
    await running.clock.advance(1);
    answer();
    expect((await ended(running)).status).toBe("cancelled");
    expect(running.effects).toEqual(["k s/a#1", "k s/p#1", "k s/t#1"]);
    expect(ofType(running.events, "saga.finished").map(({ data }) => data.status)).toEqual(["completed"]);
  });

  test.each([
    ["behind it", "completed", (steps: readonly string[]) => saga(`- ${done("a", 1)}\n${pivot}\n- ${steps.join("\n- ")}`)],
    ["in an undo", "compensated", (steps: readonly string[]) => saga(`- { id: a, tool: k, with: { n: 1 }, compensate: [ ${steps.join(", ")} ] }\n- ${BAD()}`)],
  ])("and %s no time limit of a block, of what holds steps, or of a wait ends anything, unless somebody catches it (I31, I32)", async (_, status, flow) => {
    const steps = [
      `{ id: t, timeout: 20s, switch: [ { when: input.n >= 0, timeout: 10s, do: [ { id: away, tool: r, with: { n: 6 } } ] } ] }`,
      `{ id: q, timeout: 30s, switch: [ { when: input.n >= 0, do: [ { id: asked, ask: { question: "?", output: number, timeout: 10s } }, { id: told, wait: { signal: go }, timeout: 10s } ] } ] }`,
      `{ id: z, timeout: 20s, switch: [ { when: input.n >= 0, do: [ { id: never, tool: r, with: { n: 7 } } ] } ], catch: [ { on: [timeout], do: [] } ] }`,
    ];
    let calls = 0;
    const running = start(sagaFlow(flow(steps)), {
      tools: {
        ...tools,
        r: ({ input, run: { path } }) => {
          if (path.endsWith("never")) return hangs();
          calls += 1;
          if (calls < 12) throw new StepError("unavailable", "no connection");
          return input;
        },
      },
    });
    for (let minute = 0; minute < 60; minute += 1) await running.clock.advance(60_000);
    expect([calls, ofType(running.events, "incident.opened").length]).toEqual([12, 0]);
    running.wake("signal.received", running.waits.at(-1)?.path ?? "", { id: "1", name: "answered", from: "me", payload: 1 });
    await running.clock.advance(60_000);
    expect(running.waits.at(-1)).toMatchObject({ kind: "signal" });
    running.wake("signal.received", null, { id: "2", name: "go", from: "me", payload: 1 });
    await running.clock.advance(60_000);
    expect((await ended(running)).status).toBe(status);
    expect(ofType(running.events, "incident.opened")).toEqual([]);
  });

  test("of a saga inside is one of the saga around it", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- { id: inside, saga: {}, do: [ ${done("b", 2)}, { id: p, tool: k, with: { n: 5 }, pivot: true } ] }\n- { id: t, set: "\${[1][int(input.n)]}" }`)), { tools });
    await running.clock.advance(1);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s" }]);
    running.wake("incident.resolved", "s", { action: "retry", by: "me" });
    await running.clock.advance(1);
    expect(ofType(running.events, "incident.opened")).toHaveLength(2);
    running.wake("incident.resolved", "s", { action: "skip", by: "me" });
    expect((await ended(running)).status).toBe("completed");
    expect(running.effects).toEqual(["k s/a#1", "k s/inside/b#1", "k s/inside/p#1"]);
  });

  test("also where the saga's value reads a step that an operator has skipped", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n${pivot}\n- { id: t, tool: k, with: { n: -1 } }`).replace("  do:", "  value: \"${steps.t.n}\"\n  do:")), { tools });
    await running.clock.advance(1);
    running.wake("incident.resolved", "s/t", { action: "skip", by: "me" });
    await running.clock.advance(1);
    expect(running.waits.at(-1)).toMatchObject({ kind: "incident", path: "s", question: expect.stringContaining("`value` failed behind the pivot") });
    running.wake("incident.resolved", "s", { action: "resolve", by: "me", output: 3 });
    expect((await ended(running)).status).toBe("completed");
    expect(ofType(running.events, "saga.compensating")).toEqual([]);
  });

  test("whose outcome is unknown goes neither way until it is known", async () => {
    const running = start(sagaFlow(saga(`- ${done("a", 1)}\n- { id: p, tool: w, with: { n: 5 }, pivot: true }\n- { id: t, tool: k, with: { n: 6 } }`)), {
      tools: {
        ...tools,
        w: () => {
          throw new StepError("timeout", "gone", { outcome: "unknown" });
        },
      },
    });
    await running.clock.advance(1);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "s/p" }]);
    running.cancel();
    await running.clock.advance(1);
    expect(running.effects).toEqual(["k s/a#1", "w s/p#1"]);
    running.wake("incident.resolved", "s/p", { action: "resolve", by: "me", output: { n: 5 } });
    expect((await ended(running)).status).toBe("completed");
    expect(running.effects.at(-1)).toBe("k s/t#1");
  });
});
