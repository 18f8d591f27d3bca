import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { emitGraph } from "../../../src/compiler/emit-graph.js";
import { runGraph } from "../../../src/compiler/run-graph.js";
import { finishPlan } from "../../../src/compiler/plan/finish.js";
import type { GraphState, NodeExecutor } from "../../../src/core/graph.js";
import type { Json } from "../../../src/core/json.js";
import type { StepPlan } from "../../../src/core/plan/step.js";
import { langsmith } from "../../support/langsmith.js";
import { agent, choice, draft, set } from "../plan/draft.js";

const plan = (steps: readonly StepPlan[]) => finishPlan({ draft: draft(steps) });

/** Notes what ran; a step's output is its index, a route takes `take`, `stopAt` fails the run, the last node completes it. */
const fake =
  (ran: string[], steps: readonly StepPlan[], options: { readonly take?: number; readonly stopAt?: string } = {}): NodeExecutor =>
  (node, state) => {
    ran.push(node.id);
    if (node.id === options.stopAt) return Promise.resolve({ status: "failed", error: { code: "boom", message: "boom" } });
    const run = state.run === "" ? "run-1" : state.run;
    if (node.run === "route") return Promise.resolve({ run, route: options.take ?? 0 });
    const indexes = node.run === "case" ? [node.step] : Array.from({ length: node.to - node.from }, (_, i) => node.from + i);
    const done = Object.fromEntries(indexes.map((index) => [steps[index]?.id ?? "", index]));
    const emitted = indexes.map((index) => ({ topic: "out", key: null, id: String(index), message: index }));
    return Promise.resolve({
      run,
      steps: done,
      emitted,
      ...(node.next === null ? { status: "completed" as const, output: { ...state.steps, ...done, input: state.input } } : {}),
    });
  };

const three = [agent("a"), choice("s", [[agent("x")], [agent("y")]], { otherwise: true }), agent("b")];
const threePlan = plan(three);

describe("emitGraph", () => {
  it("invokes with { input } and answers { output, status, emitted }", async () => {
    const ran: string[] = [];
    const graph = emitGraph(threePlan, threePlan.graph.fused, fake(ran, three, { take: 1 })).compile();
    expect(await graph.invoke({ input: { q: 1 } })).toEqual({
      output: { a: 0, s: 1, b: 2, input: { q: 1 } },
      status: "completed",
      emitted: [0, 1, 2].map((index) => ({ topic: "out", key: null, id: String(index), message: index })),
    });
    expect(ran).toEqual(["a", "s", "s.else", "b"]);
  });

  it("goes on behind the switch when no case holds", async () => {
    const steps = [choice("s", [[agent("x")]]), agent("b")];
    const made = plan(steps);
    const ran: string[] = [];
    await emitGraph(made, made.graph.fused, fake(ran, steps, { take: -1 })).compile().invoke({ input: 1 });
    expect(ran).toEqual(["s", "b"]);
  });

  it("ends where a node ends the run", async () => {
    const ran: string[] = [];
    const graph = emitGraph(threePlan, threePlan.graph.fused, fake(ran, three, { stopAt: "s" })).compile();
    expect(await graph.invoke({ input: 1 })).toMatchObject({ status: "failed" });
    expect(ran).toEqual(["a", "s"]);
  });

  it("streams updates by node, and values", async () => {
    const graph = emitGraph(threePlan, threePlan.graph.fused, fake([], three)).compile();
    const updates: string[] = [];
    for await (const chunk of await graph.stream({ input: 1 }, { streamMode: "updates" })) updates.push(...Object.keys(chunk));
    expect(updates).toEqual(["a", "s", "s.1", "b"]);
    const values: unknown[] = [];
    for await (const chunk of await graph.stream({ input: 1 }, { streamMode: "values" })) values.push(chunk);
    expect(values.at(-1)).toMatchObject({ status: "completed" });
  });

  it("is drawn by LangGraph's own Mermaid", async () => {
    const drawing = (await emitGraph(threePlan, threePlan.graph.fused, fake([], three)).compile().getGraphAsync()).drawMermaid({ withStyles: false });
    expect(drawing).toBe(
      [
        "graph TD;",
        "\t__start__ --> a;",
        "\tb --> __end__;",
        "\ta -.-> s;",
        "\ta -.-> __end__;",
        "\ts -. &nbsp;case 1&nbsp; .-> s_1;",
        "\ts -. &nbsp;else&nbsp; .-> s_else;",
        "\ts -.-> __end__;",
        "\ts_1 -.-> b;",
        "\ts_1 -.-> __end__;",
        "\ts_else -.-> b;",
        "\ts_else -.-> __end__;",
        "",
      ].join("\n"),
    );
  });

  it("nests as a node of a hand-written graph", async () => {
    const inner = emitGraph(threePlan, threePlan.graph.fused, fake([], three)).compile();
    const Outer = Annotation.Root({ input: Annotation<Json>(), output: Annotation<Json | null>(), before: Annotation<boolean>() });
    const outer = new StateGraph(Outer)
      .addNode("first", () => ({ before: true, input: { q: 2 } }))
      .addNode("flow", inner)
      .addEdge(START, "first")
      .addEdge("first", "flow")
      .addEdge("flow", END)
      .compile();
    expect(await outer.invoke({ input: 0 })).toEqual({ before: true, input: { q: 2 }, output: { a: 0, s: 1, b: 2, input: { q: 2 } } });
  });

  it("passes data on that looks like LangGraph's own marks", async () => {
    const odd = { __overwrite__: [1], lg_name: "Command", type: "__overwrite__", value: 2 };
    const graph = emitGraph(threePlan, threePlan.graph.fused, (node) => Promise.resolve(node.id === "b" ? { status: "completed", output: odd } : { run: "r", route: 0 })).compile();
    expect(await graph.invoke({ input: odd })).toMatchObject({ output: odd });
  });
});

describe("runGraph", () => {
  const chain = Array.from({ length: 40 }, (_, index) => agent(`n${index}`));
  const made = plan(chain);

  it("runs 40 nodes in a row", async () => {
    const ran: string[] = [];
    const state = await runGraph(made.graph.fused)("run-7", 5, fake(ran, chain), new AbortController().signal);
    expect(ran).toEqual(chain.map(({ id }) => id));
    expect(state).toMatchObject({ status: "completed", run: "run-7", input: 5, error: null, route: -1 });
    expect(Object.keys(state.steps)).toHaveLength(40);
  });

  it("takes the case that a switch chose, the steps behind it when none holds, and no node after one that ends the run", async () => {
    const ends = async (options: { readonly take?: number; readonly stopAt?: string }): Promise<readonly string[]> => {
      const ran: string[] = [];
      await runGraph(threePlan.graph.fused)("r", 1, fake(ran, three, options), new AbortController().signal);
      return ran;
    };
    expect(await ends({ take: 0 })).toEqual(["a", "s", "s.1", "b"]);
    expect(await ends({ take: 1 })).toEqual(["a", "s", "s.else", "b"]);
    expect(await ends({ stopAt: "s" })).toEqual(["a", "s"]);
    const steps = [choice("s", [[agent("x")]]), agent("b")];
    const ran: string[] = [];
    await runGraph(plan(steps).graph.fused)("r", 1, fake(ran, steps, { take: -1 }), new AbortController().signal);
    expect(ran).toEqual(["s", "b"]);
  });

  it("keeps runs of one graph apart", async () => {
    const runner = runGraph(made.graph.fused);
    const states = await Promise.all(["x", "y", "z"].map((run) => runner(run, run, fake([], chain), new AbortController().signal)));
    expect(states.map(({ run, input }) => [run, input])).toEqual([["x", "x"], ["y", "y"], ["z", "z"]]);
  });

  it("gives the executor the run's own signal, and lets the node in flight end as it will", async () => {
    const abort = new AbortController();
    const state = await runGraph(threePlan.graph.fused)("r", 1, async (_node, _state, signal) => {
      expect(signal).toBe(abort.signal);
      abort.abort();
      await Promise.resolve();
      return { status: "cancelled" };
    }, abort.signal);
    expect(state.status).toBe("cancelled");
  });

  it("rejects when a node throws", async () => {
    const broken = runGraph(threePlan.graph.fused)("r", 1, () => Promise.reject(new Error("lost")), new AbortController().signal);
    await expect(broken).rejects.toThrow("lost");
  });

  it("has the same outcome with one node and with several", async () => {
    const steps = [set("a"), set("b")];
    const pure = plan(steps);
    const outcomes: GraphState[] = [];
    for (const layout of [pure.graph.fused, pure.graph.expanded]) outcomes.push(await runGraph(layout)("r", 1, fake([], steps), new AbortController().signal));
    expect(pure.graph.fused.nodes).toHaveLength(1);
    expect(pure.graph.expanded.nodes).toHaveLength(2);
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(Object.keys(outcomes[0] ?? {}).sort()).toEqual(Object.keys(outcomes[1] ?? {}).sort());
  });
});

it("LangSmith hears of no run although the shell asks for tracing, and would hear of a plain LangGraph graph", async () => {
  const { posted, ask } = await langsmith();
  const { awaitAllCallbacks } = await import("@langchain/core/callbacks/promises");

  ask();
  await emitGraph(threePlan, threePlan.graph.fused, fake([], three)).compile().invoke({ input: 1 });
  ask();
  await runGraph(threePlan.graph.fused)("r", 1, fake([], three), new AbortController().signal);
  await awaitAllCallbacks();
  expect(posted).toEqual([]);

  ask();
  const plain = new StateGraph(Annotation.Root({ n: Annotation<number>() })).addNode("one", () => ({ n: 1 })).addEdge(START, "one").compile();
  await plain.invoke({ n: 0 });
  await awaitAllCallbacks();
  expect(posted).not.toEqual([]);
});
