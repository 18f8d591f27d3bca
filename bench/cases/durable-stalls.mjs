// How long the event loop stands still while runs are under way: a timer of 1 ms tells.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { rate } from "../rate.mjs";

const plan = planOf("writes10");

async function stalls(width) {
  const { file, close } = folder();
  const durable = await durableRuntime(plan, file, { tool: noop });
  await rate(2000, width, (at) => completed(durable.runtime, "writes10", { id: `w-${at}` }));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await rate(8000, width, (at) => completed(durable.runtime, "writes10", { id: `r-${at}` }));
  delay.disable();
  await durable.close();
  close();
  // The histogram counts the timer's own millisecond.
  return { p99: Math.max(delay.percentile(99) / 1e6 - 1, 0), longest: delay.max / 1e6 - 1 };
}

const figure = (width, which, limit) => ({
  name: `event loop at ${width} durable runs at once: ${which} stall against the limit`,
  unit: "ms",
  goal: { atMost: 1 },
  ours: async (warming) => (warming ? 0 : (await stalls(width))[which]),
  baseline: async () => limit,
});

export const cases = [64, 512].flatMap((width) => [figure(width, "p99", 5), figure(width, "longest", 50)]);
