// What 10,000 runs that wait for a person keep in memory, 10 s after the last one and after a collection.
import { durableRuntime, folder } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const plan = planOf("asks");
const RUNS = 10_000;
const heap = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

export const cases = [
  {
    name: "heap of a parked run against 1 KB",
    unit: "bytes",
    goal: { atMost: 1 },
    rounds: 1,
    async ours(warming) {
      const { file, close } = folder();
      const durable = await durableRuntime(plan, file);
      const park = async (from, to) => {
        for (let at = from; at < to; at += 500) {
          await Promise.all(Array.from({ length: 500 }, async (_, one) => {
            const { status } = await durable.runtime.manual("asks", { id: `r-${at + one}` });
            if (status !== "parked") throw new Error(status);
          }));
        }
      };
      await park(0, 1000);
      if (warming) {
        await durable.close();
        close();
        return 0;
      }
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const before = heap();
      await park(1000, 1000 + RUNS);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const bytes = (heap() - before) / RUNS;
      await durable.close();
      close();
      return bytes;
    },
    baseline: async () => 1024,
  },
];
