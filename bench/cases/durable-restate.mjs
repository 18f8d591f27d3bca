// The same ten durable steps on Restate, whose server and SDK are installed beside it on first use.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { completed, durableRuntime, folder, noop, p, rate } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const plan = planOf("writes10");
const STEPS = 10;
const peer = fileURLToPath(new URL("../peers/restate/", import.meta.url));

function restate() {
  if (!existsSync(`${peer}node_modules`)) run("npm", ["ci", "--ignore-scripts", "--silent"]);
  return JSON.parse(run(process.execPath, ["peer.mjs"]));
}

function run(command, args) {
  const { status, stdout, error } = spawnSync(command, args, { cwd: peer, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, RESTATE_LOGGING: "ERROR" } });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}`);
  return stdout;
}

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
const baseline = (warming) => (warming ? null : (measured = restate()));
export const cases = [
  { name: "10 durable no-op writes, 64 runs at once, against Restate", unit: "steps/s", goal: { atLeast: 8 }, ours: async () => (await ours(64, 6000)).perSecond, baseline: async (warming) => baseline(warming)?.perSecond },
  { name: "10 durable no-op writes, one run alone, against Restate", unit: "ms", goal: { atMost: 1 / 6 }, ours: async () => (await ours(1, 300)).p50, baseline: async () => measured.p50 },
];
