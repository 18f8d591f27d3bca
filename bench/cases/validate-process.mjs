// `flowctl validate` of one flow as a whole process, against a Node that does nothing: time and peak memory.
import { spawnSync } from "node:child_process";

const validate = ["bin/flowctl.js", "validate", "bench/flows/pure10.yaml"];
const nothing = ["-e", "0"];
const RUNS = 15;

/** Median wall time in ms. */
function time(args) {
  const all = [];
  for (let run = 0; run < RUNS; run++) {
    const started = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, args, { stdio: "ignore", env: environment });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
    all.push(Number(process.hrtime.bigint() - started) / 1e6);
  }
  return all.sort((a, b) => a - b)[RUNS >> 1];
}

/** Peak resident memory in MB, as the process itself reports it at its end. */
function memory(args) {
  const script = `import { writeSync } from "node:fs"; process.on("exit", () => writeSync(2, String(process.resourceUsage().maxRSS)));`;
  const { stderr } = spawnSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(script)}`, ...args], { encoding: "utf8", env: environment });
  return Number(stderr.trim().split("\n").at(-1)) / 1024;
}

const environment = { ...process.env, NODE_COMPILE_CACHE: "node_modules/.cache/flowctl-bench" };

export const cases = [
  { name: "validate of one flow, whole process, time", unit: "ms", goal: { atMost: 3 }, ours: async () => time(validate), baseline: async () => time(nothing) },
  { name: "validate of one flow, whole process, memory", unit: "MB", goal: { atMost: 2 }, ours: async () => memory(validate), baseline: async () => memory(nothing) },
];
