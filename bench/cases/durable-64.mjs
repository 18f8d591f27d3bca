// Ten write tools that do nothing on SQLite with synchronous=FULL, 64 runs at once.
import { chain } from "../baseline/langgraph.mjs";
import { SqliteSaver } from "../baseline/sqlite-saver.mjs";
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { rate } from "../rate.mjs";

const plan = planOf("writes10");
const STEPS = 10;

export const cases = [
  {
    name: "10 durable no-op writes, 64 runs at once, against LangGraph with a checkpointer on node:sqlite",
    unit: "steps/s",
    goal: { atLeast: 25 },
    async ours() {
      const { file, close } = folder();
      const durable = await durableRuntime(plan, file, { tool: noop });
      const perSecond = await rate(8000, 64, (at) => completed(durable.runtime, "writes10", { id: `r-${at}` }));
      await durable.close();
      close();
      return perSecond * STEPS;
    },
    async baseline() {
      const { file, close } = folder();
      const saver = new SqliteSaver(file);
      const graph = chain(Array.from({ length: STEPS }, (_, n) => [`t${n + 1}`, async ({ input }) => ({ id: input.id, n })]), saver);
      const perSecond = await rate(384, 64, async (at) => {
        const { steps } = await graph.invoke({ input: { id: `r-${at}` } }, { configurable: { thread_id: `r-${at}` }, durability: "sync" });
        if (steps.t10.n !== 9) throw new Error("another answer");
      });
      saver.close();
      close();
      return perSecond * STEPS;
    },
  },
];
