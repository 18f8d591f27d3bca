import { Annotation, END, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { createMemoryBus } from "../../src/adapters/bus/memory.js";
import { systemClock } from "../../src/adapters/clock/system.js";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { runGraph } from "../../src/compiler/run-graph.js";
import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import { compileFlow, FlowParked, type FlowPorts } from "../../src/index.js";
import { createRuntime } from "../../src/runtime/runtime.js";
import { langsmith } from "../support/langsmith.js";
import { seededRandom } from "../support/seeded-random.js";
import { fakes, KINDS, ORDER, PARKS } from "./kinds.js";

const FIRST = KINDS["set, tool, agent, emit"] ?? "";

async function compiled(text: string, ports: FlowPorts = fakes(), expand = false) {
  const { diagnostics, plan, graph } = await compileFlow(text, { ports, expand });
  if (plan === undefined || graph === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return { plan, graph };
}

/** What a caller and an operator can see of a run, whoever drove it. */
interface Outcome {
  readonly status: unknown;
  readonly output: unknown;
  readonly emitted: unknown;
  readonly events: readonly string[];
}

/** `steps.computed` is one event per chain of pure steps, and chains are cut where nodes end: the paths stay. */
const told = (events: readonly RunEvent[]): string[] =>
  events.flatMap(({ type, path, data }) => (type === "steps.computed" ? data.items.map((item) => `${item.skipped === true ? "skipped" : "computed"} ${item.path} ${JSON.stringify(item.output)}`) : [`${type} ${path ?? ""}`]));

async function driven(text: string, expand: boolean): Promise<Outcome> {
  const events: RunEvent[] = [];
  const { graph } = await compiled(text, fakes(events), expand);
  const { status, output, emitted } = await graph.compile().invoke({ input: ORDER });
  return { status, output: output ?? null, emitted, events: told(events) };
}

async function called(text: string): Promise<Outcome> {
  const events: RunEvent[] = [];
  const { plan } = await compiled(text);
  const whole = { nodes: [{ id: "all", run: "steps" as const, from: 0, to: plan.body.steps.length, next: null }], entry: "all" };
  const ports = fakes(events);
  const { model, tool, observer } = ports;
  if (model === undefined || tool === undefined || observer === undefined) throw new Error("no fakes");
  const runtime = createRuntime({ flows: [{ plan, graph: runGraph(whole) }], graphOf: (older) => runGraph(older.graph.fused), ports: { clock: systemClock, random: seededRandom(), store: createMemoryStore(), bus: null, model, tool, observer, price: () => null } });
  await runtime.start();
  const { status, output = null, emitted } = await runtime.manual(plan.id, ORDER);
  await runtime.close();
  return { status, output, emitted, events: told(events) };
}

describe("a compiled flow as a graph of LangGraph", () => {
  it("is invoked", async () => {
    const { graph } = await compiled(FIRST);
    const result = await graph.compile().invoke({ input: ORDER });
    expect(Object.keys(result).sort()).toEqual(["emitted", "output", "status"]);
    expect(result).toMatchObject({ status: "completed", output: { sum: 7 }, emitted: [{ topic: "out" }] });
  });

  it("is streamed: each node as it ends", async () => {
    const { graph, plan } = await compiled(FIRST, fakes(), true);
    const nodes: string[] = [];
    for await (const chunk of await graph.compile().stream({ input: ORDER }, { streamMode: "updates" })) nodes.push(...Object.keys(chunk));
    expect(nodes).toEqual(plan.graph.expanded.nodes.map(({ id }) => id));
    expect(nodes).toHaveLength(6);
  });

  it("is drawn by LangGraph's own Mermaid", async () => {
    const { graph } = await compiled(KINDS["switch, and what stands behind it"] ?? "");
    const drawing = (await graph.compile().getGraphAsync()).drawMermaid({ withStyles: false });
    expect(drawing).toContain("kind -. &nbsp;else&nbsp; .-> ");
    expect(drawing).toContain("__start__ --> kind;");
  });

  it("nests as a node of a hand-written graph, as often as that graph comes by", async () => {
    const { graph } = await compiled(KINDS["switch, and what stands behind it"] ?? "");
    const Outer = Annotation.Root({ input: Annotation<Json>(), output: Annotation<Json | null>(), rounds: Annotation<number>({ reducer: (_before, after) => after, default: () => 0 }) });
    const outer = new StateGraph(Outer)
      .addNode("before", ({ rounds }) => ({ rounds: rounds + 1, input: ORDER }))
      .addNode("flow", graph.compile())
      .addEdge(START, "before")
      .addEdge("before", "flow")
      .addConditionalEdges("flow", ({ rounds }) => (rounds < 3 ? "before" : END), ["before", END])
      .compile();
    expect(await outer.invoke({ input: null })).toMatchObject({ rounds: 3, output: { text: expect.any(String) } });
  });

  it("keeps invocations that run at once apart", async () => {
    const { graph } = await compiled(KINDS["map, parallel, loop"] ?? "", fakes(), true);
    const app = graph.compile();
    const results = await Promise.all([1, 2, 3, 4].map((qty) => app.invoke({ input: { id: "o", kind: "web", items: [{ sku: "s", qty }] } })));
    expect(results.map(({ output }) => output)).toMatchObject([1, 2, 3, 4].map((sum) => ({ sum })));
  });
});

describe.each(Object.entries(KINDS))("%s", (_title, text) => {
  it("has the same outcome expanded, fused, and called without the loop", async () => {
    const [expanded, fused, direct] = [await driven(text, true), await driven(text, false), await called(text)];
    expect(fused).toEqual(expanded);
    expect(direct).toEqual(expanded);
    expect(expanded.events.length).toBeGreaterThan(2);
    expect(expanded.events.at(-1)).toBe("run.finished ");
  });
});

describe("an invocation is a run", () => {
  it("fails as a status, with the error beside it and in the node's update", async () => {
    const { graph } = await compiled(KINDS["fail"] ?? "");
    expect(await graph.compile().invoke({ input: ORDER })).toMatchObject({ status: "failed", error: { code: "no_way", message: "not o1" }, emitted: [{ message: { text: "before" } }] });
    const updates: unknown[] = [];
    for await (const chunk of await graph.compile().stream({ input: ORDER }, { streamMode: "updates" })) updates.push(...Object.values(chunk));
    expect(updates.at(-1)).toMatchObject({ error: { code: "no_way", message: "not o1" } });
  });

  it.each([false, true])("gives nothing of an earlier run of its thread, expanded: %s", async (expand) => {
    const text = `flowctl: v1
flow: again
topics: { out: {} }
input: { fields: { n: number } }
steps:
  - { emit: out, with: { n: "\${input.n}" } }
  - { when: input.n > 1, fail: { code: big, message: big } }
  - { when: input.n > 0, emit: out, with: more }
value: { n: "\${input.n}" }
`;
    const { graph } = await compiled(text, fakes(), expand);
    const app = graph.compile({ checkpointer: new MemorySaver() });
    const results = [];
    for (const n of [1, 2, 0]) results.push(await app.invoke({ input: { n } }, { configurable: { thread_id: "one" } }));
    expect(results).toMatchObject([
      { status: "completed", output: { n: 1 }, emitted: [{ message: { n: 1 } }, { message: "more" }] },
      { status: "failed", output: null, error: { code: "big" }, emitted: [{ message: { n: 2 } }] },
      { status: "completed", output: { n: 0 }, error: null, emitted: [{ message: { n: 0 } }] },
    ]);
    expect((await app.getState({ configurable: { thread_id: "one" } })).values).toMatchObject({ steps: { emit1: { n: 0 } } });
  });

  it("checks its input", async () => {
    const { graph } = await compiled(FIRST);
    const updates: unknown[] = [];
    for await (const chunk of await graph.compile().stream({ input: { id: 7 } }, { streamMode: "updates" })) updates.push(...Object.values(chunk));
    expect(updates).toMatchObject([{ status: "failed", error: { code: "schema" } }]);
  });

  it("rejects with FlowParked where it would wait for a person", async () => {
    const events: RunEvent[] = [];
    const { graph } = await compiled(PARKS, fakes(events));
    const thrown: unknown = await graph.compile().invoke({ input: ORDER }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FlowParked);
    expect(thrown).toMatchObject({ waits: [{ kind: "ask", path: "yes", question: "Ship o1?" }] });
    await expect.poll(() => events.map(({ type }) => type)).toContain("run.finished");
    expect(events.at(-1)?.data).toMatchObject({ status: "cancelled" });
  });

  it("is cancelled by the caller's signal", async () => {
    const events: RunEvent[] = [];
    const ports = fakes(events);
    const abort = new AbortController();
    const { graph } = await compiled(FIRST, {
      ...ports,
      tool: async () => ({
        call: ({ signal }) => new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          abort.abort();
        }),
        [Symbol.asyncDispose]: async () => undefined,
      }),
    });
    await expect(graph.compile().invoke({ input: ORDER }, { signal: abort.signal })).rejects.toThrow();
    await expect.poll(() => events.at(-1)).toMatchObject({ type: "run.finished", data: { status: "cancelled" } });
  });

  it("publishes on a bus that it is given, and shares a store with other flows", async () => {
    const bus = createMemoryBus(systemClock);
    const store = createMemoryStore();
    for (const text of [FIRST, KINDS["pure steps, two emits"] ?? "", FIRST]) {
      const { graph } = await compiled(text, { ...fakes(), random: seededRandom(Math.trunc(text.length)), bus, store });
      expect(await graph.compile().invoke({ input: ORDER })).toMatchObject({ status: "completed" });
    }
    const reader = await bus.subscribe({ topic: "out", group: "test", from: "earliest", maxBatch: 10 });
    await expect.poll(() => reader.lag()).toBeGreaterThan(2);
    await reader.close();
  });

  it("has the answers of scripted models without any port", async () => {
    const text = `flowctl: v1
flow: sample
input: string
models: { m: { provider: scripted, model: m, answers: { a: "hello" } } }
agents: { a: { model: m, instructions: Hi., input: string } }
steps: [ { agent: a } ]
`;
    await using flow = await compileFlow(text);
    expect(flow.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(await flow.graph?.compile().invoke({ input: "x" })).toMatchObject({ status: "completed", output: "hello" });
  });
});

it("a chain of 40 expanded steps does not meet a recursion limit", async () => {
  const steps = Array.from({ length: 40 }, (_, at) => `  - { id: s${at}, set: ${at} }`).join("\n");
  const { graph, plan } = await compiled(`flowctl: v1\nflow: long\ninput: string\nsteps:\n${steps}\nvalue: "\${steps.s39}"\n`, fakes(), true);
  expect(plan.graph.expanded.nodes).toHaveLength(40);
  expect(await graph.compile().invoke({ input: "" })).toMatchObject({ status: "completed", output: 39 });
  expect(await graph.compile().invoke({ input: "" }, { recursionLimit: 3 })).toMatchObject({ output: 39 });
  const Outer = Annotation.Root({ input: Annotation<Json>(), output: Annotation<Json | null>() });
  const outer = new StateGraph(Outer).addNode("flow", graph.compile()).addEdge(START, "flow").addEdge("flow", END).compile();
  expect(await outer.invoke({ input: "" })).toMatchObject({ output: 39 });
});

it("LangSmith hears nothing of a flow, although the shell asks for tracing", async () => {
  const { posted, ask } = await langsmith();
  ask();
  const { graph } = await compiled(FIRST);
  await graph.compile().invoke({ input: ORDER });
  const { awaitAllCallbacks } = await import("@langchain/core/callbacks/promises");
  await awaitAllCallbacks();
  expect(posted).toEqual([]);
});
