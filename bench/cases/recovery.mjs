// A process that was killed with open runs of 20 recorded steps, 2,500 and 5,000 and 10,000: the time from the next start, from
// opening the file, to the first new effect of the last of them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { completed, durableRuntime, folder, noop } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";

const RUNS = [2_500, 5_000, 10_000];
const me = fileURLToPath(import.meta.url);
const plan = planOf("writes20");

/** What is killed: each run stands at the step after its twentieth, which never answers. */
async function untilStuck(file, count) {
  let stuck = 0;
  const reached = Promise.withResolvers();
  const never = {
    call() {
      stuck += 1;
      if (stuck === count) reached.resolve();
      return new Promise(() => undefined);
    },
  };
  const { runtime } = await durableRuntime(plan, file, { tool: async (_plan, name) => (name === "noop" ? noop() : never) });
  runtime.idle().catch(() => undefined);
  for (let at = 0; at < count; at += 1) completed(runtime, "writes20", { id: `r-${at}` }).catch(reached.reject);
  await reached.promise;
  process.stdout.write("stuck\n");
}

async function recovery(count) {
  const { file, close } = folder();
  const child = spawn(process.execPath, [me, file, String(count)], { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface({ input: child.stdout }), "line");
  child.kill("SIGKILL");
  await once(child, "exit");
  globalThis.gc?.();
  const all = Promise.withResolvers();
  let effects = 0;
  const last = {
    async call({ input: { id } }) {
      effects += 1;
      if (effects === count) all.resolve();
      return { id, n: 0 };
    },
  };
  const again = { call: () => all.reject(new Error("a recorded effect was repeated")) };
  const began = performance.now();
  const { close: end } = await durableRuntime(plan, file, { tool: async (_plan, name) => (name === "noop" ? again : last) });
  await all.promise;
  const ms = performance.now() - began;
  await end();
  close();
  return ms;
}

const [few, some, many] = RUNS;
/** Ms a run, of what was measured last. */
const each = {};
async function perRun(warming, count) {
  // Nothing is warm in a process that starts.
  if (warming) return 0;
  each[count] = (await recovery(count)) / count;
  return each[count];
}

export const cases = [
  {
    name: "restart with 10,000 open runs of 20 recorded steps: first new effect of all, against 20 s",
    unit: "ms",
    goal: { atMost: 1 },
    rounds: 1,
    ours: async (warming) => (await perRun(warming, many)) * many,
    baseline: async () => 20_000,
  },
  {
    name: "restart with 10,000 open runs: what one of them takes, against one of 2,500",
    unit: "ms",
    goal: { atMost: 1.3 },
    ours: (warming) => perRun(warming, many),
    baseline: (warming) => perRun(warming, few),
    async note() {
      await perRun(false, some);
      return RUNS.map((count) => `${count}: ${each[count].toFixed(2)}`).join(", ");
    },
  },
];
if (process.argv[1] === me) await untilStuck(process.argv[2], Number(process.argv[3]));
