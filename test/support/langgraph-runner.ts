import { emitGraph } from "../../src/compiler/emit-graph.js";
import type { GraphRunner, GraphState, GraphUpdate } from "../../src/core/graph.js";
import type { FlowPlan, GraphLayout } from "../../src/core/plan/flow-plan.js";

/** A run of the public graph by LangGraph's own loop, for what must not depend on who walks it. Its updates are put together as its channels do. */
export function langgraphRunner(plan: FlowPlan, layout: GraphLayout): GraphRunner {
  return async (run, input, execute, signal) => {
    const graph = emitGraph(plan, layout, (node, state) => execute(node, { ...state, run }, signal));
    let state: GraphState = { input, output: null, status: "running", error: null, emitted: [], steps: {}, route: -1, run };
    for await (const chunk of await graph.compile().stream({ input }, { streamMode: "updates" })) {
      for (const update of Object.values<GraphUpdate>(chunk)) {
        state = { ...state, ...update, steps: { ...state.steps, ...update.steps }, emitted: [...state.emitted, ...(update.emitted ?? [])] };
      }
    }
    return state;
  };
}
