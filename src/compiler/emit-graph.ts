import { Annotation, END, Overwrite, START, StateGraph } from "@langchain/langgraph";
import type { FlowError } from "../core/errors.js";
import type { EmittedMessage, GraphState, GraphUpdate, NodeExecutor } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { FlowPlan, GraphLayout, GraphNode } from "../core/plan/flow-plan.js";

/**
 * `input`, `output` and the like are last-value channels: a reducer's channel would take a message that has the
 * key `__overwrite__` for one of LangGraph's own. Until a node has written one it is absent: see `full`.
 */
const channels = {
  input: Annotation<Json>(),
  output: Annotation<Json | null>(),
  status: Annotation<GraphState["status"]>(),
  error: Annotation<FlowError | null>(),
  emitted: Annotation<readonly EmittedMessage[], readonly EmittedMessage[]>({
    reducer: (all, more) => [...all, ...more],
    default: () => [],
  }),
  steps: Annotation<GraphState["steps"], GraphState["steps"]>({ reducer: (all, more) => ({ ...all, ...more }), default: () => ({}) }),
  route: Annotation<number>(),
  run: Annotation<string>(),
};
const State = Annotation.Root(channels);

/**
 * The plan as a genuine, uncompiled LangGraph graph: input `{ input }`, output `{ output, status, emitted }`, and `error` of a run that fails.
 * LangGraph routes; `execute` acts. Compile it, draw it, stream it, nest it.
 */
export function emitGraph(plan: FlowPlan, layout: GraphLayout, execute: NodeExecutor): ReturnType<typeof bareGraph> {
  stopTracing();
  return withOwnLimit(bareGraph(plan, layout, execute), layout);
}

function bareGraph(plan: FlowPlan, layout: GraphLayout, execute: NodeExecutor) {
  const graph = new StateGraph(State, {
    input: Annotation.Root({ input: channels.input }),
    output: Annotation.Root({ output: channels.output, status: channels.status, error: channels.error, emitted: channels.emitted }),
    nodes: layout.nodes.map(({ id }) => id),
  });
  for (const node of layout.nodes) {
    graph.addNode(node.id, async (state, config) => {
      const update = await execute(node, full(state), config.signal);
      return node.id === entryOf(layout) && state.run !== undefined ? anew(update) : update;
    });
  }
  connect(graph, plan, layout);
  return graph;
}

const entryOf = ({ entry, nodes }: GraphLayout): string | undefined => entry ?? nodes[0]?.id;

/** The thread of a checkpoint holds what an earlier run left: this one begins without it. */
const anew = ({ emitted = [], steps = {}, ...update }: GraphUpdate) => ({ output: null, error: null, ...update, emitted: new Overwrite(emitted), steps: new Overwrite(steps) });

/**
 * LangGraph stops every graph after 25 supersteps, a nested one by its parent's limit. This one has no cycles: its
 * length is the plan's, and it must run to its end wherever it stands.
 */
function withOwnLimit(graph: ReturnType<typeof bareGraph>, { nodes }: GraphLayout): ReturnType<typeof bareGraph> {
  const least = nodes.length + 8;
  const compile = graph.compile.bind(graph);
  return Object.assign(graph, {
    compile: (options?: Parameters<typeof compile>[0]) => {
      const compiled = compile(options).withConfig({ recursionLimit: least });
      const stream = compiled.stream.bind(compiled);
      return Object.assign(compiled, {
        stream: (input: Parameters<typeof stream>[0], given?: Parameters<typeof stream>[1]) => stream(input, { ...given, recursionLimit: Math.max(given?.recursionLimit ?? least, least) }),
      });
    },
  });
}

/**
 * LangGraph posts inputs and outputs of every graph to LangSmith when these are set in the user's shell; a flow's
 * data leaves the machine only on purpose. Who wants traces passes a `LangChainTracer` in `callbacks`.
 */
function stopTracing(): void {
  for (const name of ["LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING"]) {
    // oxlint-disable-next-line no-restricted-properties -- langgraph reads it at every call: no port stands between
    delete process.env[name];
  }
}

const full = (state: Partial<typeof State.State>): GraphState => ({
  input: state.input ?? null,
  output: state.output ?? null,
  status: state.status ?? "running",
  error: state.error ?? null,
  emitted: state.emitted ?? [],
  steps: state.steps ?? {},
  route: state.route ?? -1,
  run: state.run ?? "",
});

/** What both graphs have for drawing edges. */
interface Edges {
  addEdge(from: string, to: string): unknown;
  addConditionalEdges(from: string, choose: (state: typeof State.State) => string, targets: Record<string, string>): unknown;
}

/** A node that is not the last can end the run (fail, return, an error): its edge goes on only while it is running. */
function connect(graph: Edges, plan: FlowPlan, layout: GraphLayout): void {
  graph.addEdge(START, entryOf(layout) ?? END);
  for (const node of layout.nodes) {
    if (node.run === "route") route(graph, plan, node);
    else if (node.next === null) graph.addEdge(node.id, END);
    else {
      const { next } = node;
      graph.addConditionalEdges(node.id, (state) => (full(state).status === "running" ? next : END), { [next]: next, [END]: END });
    }
  }
}

/** `cases` has one target per case, then the one for none of them, which is out of reach behind an `else`. */
function route(graph: Edges, plan: FlowPlan, node: GraphNode & { readonly run: "route" }): void {
  const step = plan.body.steps[node.step];
  const whens = step?.kind === "switch" ? step.cases.map((one) => one.when) : [];
  const labels = node.cases.map((_, index) => (index === whens.length ? "none" : whens[index] === undefined ? "else" : `case ${index + 1}`));
  const targets = Object.fromEntries(node.cases.flatMap((to, index) => (labels[index] === "none" && labels.includes("else") ? [] : [[labels[index], to ?? END]])));
  const choose = (state: Partial<typeof State.State>): string => {
    const { status, route: taken } = full(state);
    return status === "running" ? (labels[taken] ?? "none") : END;
  };
  graph.addConditionalEdges(node.id, choose, { ...targets, [END]: END });
}
