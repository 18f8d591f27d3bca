// A process that died with 1,000 open runs of 20 recorded steps: the time from opening the file to the first new effect of
// the last of them.
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const plan = planOf("writes20");
const RUNS = 1000;

export const cases = [
  {
    name: "restart with 1,000 open runs of 20 recorded steps: first new effect of all, against 1.5 s",
    unit: "ms",
    goal: { atMost: 1 },
    async ours() {
      const { file, close } = folder();
      const reached = Promise.withResolvers();
      let stuck = 0;
      // The step after the twentieth never answers: the process is as good as dead.
      const first = await durableRuntime(plan, file, {
        tool: async (_plan, name) =>
          name === "noop"
            ? (await noop())
            : {
                call: () => {
                  stuck += 1;
                  if (stuck === RUNS) reached.resolve();
                  return new Promise(() => undefined);
                },
              },
      });
      first.runtime.idle().catch(() => undefined);
      for (let at = 0; at < RUNS; at += 1) completed(first.runtime, "writes20", { id: `r-${at}` }).catch(reached.reject);
      await reached.promise;
      await first.abandon();
      const began = performance.now();
      const again = Promise.withResolvers();
      let effects = 0;
      const second = await durableRuntime(plan, file, {
        tool: async (_plan, name) =>
          name === "noop"
            ? { call: () => again.reject(new Error("a recorded effect was repeated")) }
            : {
                async call({ input: { id } }) {
                  effects += 1;
                  if (effects === RUNS) again.resolve();
                  return { id, n: 0 };
                },
              },
      });
      await again.promise;
      const ms = performance.now() - began;
      await second.close();
      close();
      return ms;
    },
    baseline: async () => 1500,
  },
];
