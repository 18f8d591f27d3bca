import type { GraphRunner, GraphState, GraphUpdate } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { FlowPlan, GraphLayout } from "../core/plan/flow-plan.js";

/**
 * Runs a layout from its input, any number of times. One node is called without the Pregel loop, and LangGraph
 * is then never loaded; more nodes are compiled once and invoked.
 */
export function runGraph(plan: FlowPlan, layout: GraphLayout): GraphRunner {
  const only = layout.nodes.length === 1 ? layout.nodes[0] : undefined;
  if (only !== undefined) {
    return async (run, input, execute, signal) => {
      const state = started(run, input);
      return applied(state, await execute(only, state, signal));
    };
  }
  let compiled: Promise<GraphRunner> | null = null;
  return async (run, input, execute, signal) => {
    compiled ??= compile(plan, layout);
    return (await compiled)(run, input, execute, signal);
  };
}

async function compile(plan: FlowPlan, layout: GraphLayout): Promise<GraphRunner> {
  const { pregelRunner } = await import("./emit-graph.js");
  return pregelRunner(plan, layout);
}

const started = (run: string, input: Json): GraphState => ({
  input,
  output: null,
  status: "running",
  error: null,
  emitted: [],
  steps: {},
  route: -1,
  run,
});

/** What the channels' reducers do, for one node. */
const applied = (state: GraphState, update: GraphUpdate): GraphState => ({
  ...state,
  ...update,
  steps: update.steps ?? state.steps,
  emitted: update.emitted ?? state.emitted,
});
