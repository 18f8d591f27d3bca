// The same ten durable steps on Restate, whose server and SDK are installed beside it on first use.
import { completed, durableRuntime, folder, noop, p, rate } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { peer } from "../peer.mjs";

const plan = planOf("writes10");
const STEPS = 10;

async function ours(width, runs) {
  const { file, close } = folder();
  const durable = await durableRuntime(plan, file, { tool: noop });
  const times = [];
  const perSecond = await rate(runs, width, async (at) => {
    const began = performance.now();
    await completed(durable.runtime, "writes10", { id: `r-${at}` });
    times.push(performance.now() - began);
  });
  await durable.close();
  close();
  return { perSecond: perSecond * STEPS, p50: p(times, 0.5) };
}

// One start of the server measures both.
let measured;
const baseline = (warming) => (warming ? null : (measured = peer("restate", "peer.mjs")));
export const cases = [
  { name: "10 durable no-op writes, 64 runs at once, against Restate", unit: "steps/s", goal: { atLeast: 8 }, ours: async () => (await ours(64, 6000)).perSecond, baseline: async (warming) => baseline(warming)?.perSecond },
  { name: "10 durable no-op writes, one run alone, against Restate", unit: "ms", goal: { atMost: 1 / 6 }, ours: async () => (await ours(1, 300)).p50, baseline: async () => measured.p50 },
];
