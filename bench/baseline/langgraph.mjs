// Hand-written LangGraph graphs that do what the benched flows do, as an engineer would write them.
import { Annotation, END, MemorySaver, START, StateGraph } from "@langchain/langgraph";

const State = Annotation.Root({
  input: Annotation(),
  steps: Annotation({ reducer: (before, update) => ({ ...before, ...update }), default: () => ({}) }),
});

/** A chain of nodes: each function gets the state and gives its step's output. */
export function chain(nodes, checkpointer) {
  const graph = new StateGraph(State);
  let before = START;
  for (const [name, act] of nodes) {
    graph.addNode(name, async (state) => ({ steps: { [name]: await act(state) } }));
    graph.addEdge(before, name);
    before = name;
  }
  graph.addEdge(before, END);
  return graph.compile(checkpointer ? { checkpointer } : {});
}

/** Ten pure steps over a sales event: what bench/flows/pure10.yaml does. */
export const pureTen = () =>
  chain([
    ["s1", ({ input }) => input.qty / input.rate],
    ["s2", ({ steps }) => steps.s1 * 60],
    ["s3", ({ steps }) => steps.s2 < 30],
    ["s4", ({ input, steps }) => ({ sku: input.sku, minutes: steps.s2 })],
    ["s5", ({ steps }) => (steps.s3 ? "high" : "low")],
    ["s6", ({ input }) => input.tags.filter((tag) => tag.startsWith("a"))],
    ["s7", ({ steps }) => steps.s6.length],
    ["s8", ({ input, steps }) => `${input.site}/${steps.s5}`],
    ["s9", ({ steps }) => ({ ...steps.s4, level: steps.s5, tags: steps.s7 })],
    ["s10", ({ steps }) => ({ topic: "out", key: steps.s8, message: steps.s9 })],
  ]);

/** Ten tools that do nothing, with MemorySaver. */
export const toolTen = () =>
  chain(
    Array.from({ length: 10 }, (_, index) => [`t${index + 1}`, async ({ input }) => ({ id: input.id, n: index })]),
    new MemorySaver(),
  );

/** A map by LangGraph's Send: one branch an item. */
export async function sendMap(items, work) {
  const { Send } = await import("@langchain/langgraph");
  const MapState = Annotation.Root({
    items: Annotation(),
    item: Annotation(),
    results: Annotation({ reducer: (before, update) => before.concat(update), default: () => [] }),
  });
  const graph = new StateGraph(MapState)
    .addNode("work", ({ item }) => ({ results: [work(item)] }))
    .addConditionalEdges(START, (state) => state.items.map((item) => new Send("work", { item })))
    .addEdge("work", END)
    .compile();
  return (await graph.invoke({ items }, { recursionLimit: 50 })).results;
}
