import { toolTen } from "./baseline/langgraph.mjs";
import { planOf, runtimeOf } from "./flowctl.mjs";
import { rate } from "./rate.mjs";

const plan = planOf("tools10");

/** Ten tools that do nothing; the tool port is given directly, without worker threads, on both sides. */
export const toolCase = (name, width, counts) => ({
  name: `10-step flow of no-op tools, ${name}`,
  unit: "runs/s",
  goal: { atLeast: 20 },
  async ours() {
    let calls = 0;
    const runtime = runtimeOf(plan, {
      tool: async () => ({
        call: async ({ input: { id } }) => {
          calls += 1;
          return { id, n: 0 };
        },
      }),
    });
    await runtime.start();
    const perSecond = await rate(counts.ours, width, async (at) => {
      const { status } = await runtime.manual("tools10", { id: `r-${at}` });
      if (status !== "completed") throw new Error(status);
    });
    await runtime.close();
    if (calls !== counts.ours * 10) throw new Error(`${calls} calls`);
    return perSecond;
  },
  async baseline() {
    const graph = toolTen();
    return rate(counts.baseline, width, async (at) => {
      const { steps } = await graph.invoke({ input: { id: `r-${at}` } }, { configurable: { thread_id: `r-${at}` } });
      if (steps.t10.n !== 9) throw new Error("another answer");
    });
  },
});
