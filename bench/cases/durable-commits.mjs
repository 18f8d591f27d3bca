// One run alone of ten write tools: how often the store is asked to commit.
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const plan = planOf("writes10");

export const cases = [
  {
    name: "one durable run of 10 writes alone: commits against effects + 2",
    unit: "commits",
    goal: { atMost: 1 },
    async ours() {
      const { file, close } = folder();
      let commits = 0;
      const wrap = (store) => ({
        ...store,
        commit(items) {
          commits += 1;
          return store.commit(items);
        },
      });
      const durable = await durableRuntime(plan, file, { tool: noop, wrap });
      await completed(durable.runtime, "writes10", { id: "warm" });
      commits = 0;
      await completed(durable.runtime, "writes10", { id: "alone" });
      await durable.close();
      close();
      return commits;
    },
    baseline: async () => 12,
  },
];
