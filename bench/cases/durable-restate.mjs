// The same ten durable steps on Restate, whose server and SDK are installed beside it on first use.
import { completed, durableRuntime, folder, noop, p, rate } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { peer } from "../peer.mjs";

const plan = planOf("writes10");
const STEPS = 10;

// One start of ours measures both, and one start of the server: what runs alone finds a store that has been at work.
async function ours() {
  const { file, close } = folder();
  const durable = await durableRuntime(plan, file, { tool: noop });
  const times = [];
  const one = (name) => async (at) => {
    const began = performance.now();
    await completed(durable.runtime, "writes10", { id: `${name}-${at}` });
    times.push(performance.now() - began);
  };
  const perSecond = await rate(6000, 64, one("r"));
  times.length = 0;
  await rate(300, 1, one("a"));
  await durable.close();
  close();
  return { perSecond: perSecond * STEPS, p50: p(times, 0.5) };
}

/** What the first case has measured of one run alone, round by round. */
const alone = { ours: [], peer: [] };
const peers = () => {
  const { perSecond, p50 } = peer("restate", "peer.mjs");
  alone.peer.push(p50);
  return perSecond;
};
const both = async (warming) => {
  const { perSecond, p50 } = await ours();
  if (!warming) alone.ours.push(p50);
  return perSecond;
};
export const cases = [
  { name: "10 durable no-op writes, 64 runs at once, against Restate", unit: "steps/s", goal: { atLeast: 8 }, ours: both, baseline: async (warming) => (warming ? null : peers()) },
  { name: "10 durable no-op writes, one run alone, against Restate", unit: "ms", goal: { atMost: 1 / 6 }, ours: async (warming) => (warming ? null : alone.ours.shift()), baseline: async (warming) => (warming ? null : alone.peer.shift()) },
];
