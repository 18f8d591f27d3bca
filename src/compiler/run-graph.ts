import type { GraphRunner, GraphState, GraphUpdate } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { GraphLayout, GraphNode } from "../core/plan/flow-plan.js";

/**
 * Runs a layout from its input, any number of times: the edges of the graph that `emitGraph` gives, without LangGraph.
 * A layout has one node at work at a time, so a superstep would be a barrier for nobody, and its bookkeeping (five
 * entries for LangSmith a node, though nothing traces) costs more than all else beside an agent's model call.
 */
export function runGraph({ nodes, entry }: GraphLayout): GraphRunner {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const first = entry === null ? nodes[0] : byId.get(entry);
  return async (run, input, execute, signal) => {
    let state = started(run, input);
    for (let node = first; node !== undefined && state.status === "running"; node = byId.get(nextOf(node, state) ?? "")) {
      state = applied(state, await execute(node, state, signal));
    }
    return state;
  };
}

const nextOf = (node: GraphNode, { route }: GraphState): string | null => (node.run === "route" ? (node.cases.at(route) ?? null) : node.next);

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

/** What the channels' reducers do. */
const applied = (state: GraphState, update: GraphUpdate): GraphState => ({
  ...state,
  ...update,
  steps: update.steps === undefined ? state.steps : { ...state.steps, ...update.steps },
  emitted: update.emitted === undefined ? state.emitted : state.emitted.length === 0 ? update.emitted : [...state.emitted, ...update.emitted],
});
