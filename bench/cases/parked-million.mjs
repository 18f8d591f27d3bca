// 1,000,000 parked runs in one database, served by one process: what they cost it in memory and at its start, how soon a
// signal wakes one of them, and how soon 10,000 timers that are due at once are durable as fired. FLOWCTL_PARKED=50000
// for a quick look.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { folder } from "../durable.mjs";

const RUNS = Number(process.env.FLOWCTL_PARKED ?? 1_000_000);
const TIMERS = 10_000;

function child(...args) {
  const run = spawnSync(process.execPath, ["--expose-gc", new URL("../parked.mjs", import.meta.url).pathname, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 24 });
  if (run.status !== 0) throw new Error(`parked.mjs ${args[0]} ended with ${run.status ?? run.signal}`);
  return JSON.parse(run.stdout);
}

let known = null;
/** All figures come from one process on one file, and from one without any runs. */
function figures() {
  if (known !== null) return known;
  const [empty, full] = [folder(), folder()];
  const { due, sample } = child("fill", full.file, String(RUNS - TIMERS), String(TIMERS));
  const gigabytes = statSync(full.file).size / 2 ** 30;
  const none = child("serve", empty.file, "[]", "null");
  const many = child("serve", full.file, JSON.stringify(sample), JSON.stringify({ at: due, count: TIMERS }));
  empty.close();
  full.close();
  if (many.readsAtStart > 0) throw new Error(`${many.readsAtStart} journals were read at the start`);
  known = { none, many, gigabytes };
  return known;
}

const count = RUNS.toLocaleString("en");
const figure = (name, unit, limit, ours, note, atMost = 1) => ({ name, unit, goal: { atMost }, rounds: 1, ours: async (warming) => (warming ? 0 : ours(figures())), baseline: async (warming) => (typeof limit === "number" ? limit : warming ? 0 : limit(figures())), note: () => note(figures()) });
const mb = (one) => `${Math.round(one)} MB`;

export const cases = [
  figure(`memory of a process that serves ${count} parked runs, beyond one with none, against 150 MB`, "MB", 150, ({ none, many }) => many.afterWakes - none.afterWakes, ({ none, many, gigabytes }) => `a file of ${gigabytes.toPrecision(2)} GB; ${mb(many.atRest)} after the start, ${mb(many.afterWakes)} after 200 wakes, ${mb(many.afterTimers)} after ${TIMERS.toLocaleString("en")} timers, ${mb(many.peak)} at most; with none ${mb(none.afterWakes)}`),
  figure(`start of a process with ${count} parked runs against one with none`, "ms", ({ none }) => none.started, ({ many }) => many.started, () => "no journal is read", 3),
  figure(`a signal to one of ${count} parked runs: its end, the longest of 200, against 1 s`, "ms", 1000, ({ many }) => many.longestWake, ({ many }) => `p50 ${many.wake.toPrecision(3)} ms`),
  figure(`${TIMERS.toLocaleString("en")} timers of ${count} parked runs due at once: all durable as fired, against 5 s`, "ms", 5000, ({ many }) => many.late, ({ many }) => `from when they are due; ${Math.round(many.cpu)} ms of processor time from before that on`),
];
