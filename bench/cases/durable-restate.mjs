// The same ten durable steps on Restate, whose server and SDK are installed beside it on first use.
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { peer } from "../peer.mjs";
import { measure } from "../peers/many.mjs";

const plan = planOf("writes10");
const STEPS = 10;

async function ours(width) {
  const { file, close } = folder();
  const durable = await durableRuntime(plan, file, { tool: noop });
  const one = async (id) => {
    await completed(durable.runtime, "writes10", { id: `r-${id}` });
    return STEPS;
  };
  const { figure } = await measure(one, width);
  await durable.close();
  close();
  return figure;
}

const baseline = (width) => async (warming) => (warming ? null : peer("restate", "peer.mjs", width).figure);
export const cases = [
  { name: "10 durable no-op writes, 64 runs at once, against Restate", unit: "steps/s", goal: { atLeast: 8 }, ours: async (warming) => (warming ? null : ours("64")), baseline: baseline("64") },
  { name: "10 durable no-op writes, one run alone, against Restate", unit: "ms", goal: { atMost: 1 / 6 }, ours: async (warming) => (warming ? null : ours("alone")), baseline: baseline("alone") },
];
