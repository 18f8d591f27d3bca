// `npm run bench [-- --json] [-- name…]`: each figure is a ratio of ours to a baseline that is measured beside it, in turns,
// in the same run: the machine's noise hits both. --json gives a list of { name, ours, baseline, ratio, goal, pass }.
import { readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";

const json = process.argv.includes("--json");
const wanted = process.argv.slice(2).filter((one) => !one.startsWith("--"));
const all = readdirSync(new URL("./cases/", import.meta.url)).filter((name) => name.endsWith(".mjs")).sort();
const unknown = wanted.find((one) => !all.some((file) => file.includes(one)));
if (unknown !== undefined) {
  process.stderr.write(`no case holds \`${unknown}\`: there are ${all.map((file) => file.replace(".mjs", "")).join(", ")}\n`);
  process.exit(2);
}
/** A side that never ends, ms: the longest case takes a quarter of it. */
const MOST_MS = 3_600_000;
const built = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
if (built.status !== 0) process.exit(1);

const rows = [];
for (const file of all) {
  if (wanted.length > 0 && !wanted.some((one) => file.includes(one))) continue;
  // A process of its own for each case: one case's garbage and compiled code are not the next one's. The last option is what
  // bin/flowctl.js sets for itself; here both sides have it.
  const run = spawnSync(process.execPath, ["--expose-gc", "--no-allocation-site-pretenuring", new URL("./case.mjs", import.meta.url).pathname, file], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: MOST_MS });
  if (run.status !== 0) {
    if (run.signal !== null) process.stderr.write(`${file} was ended by ${run.signal}\n`);
    rows.push({ name: file, ours: null, baseline: null, ratio: null, goal: "runs", pass: false });
    continue;
  }
  rows.push(...JSON.parse(run.stdout));
}
if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else {
  for (const { name, ours, baseline, ratio, range, goal, pass, unit, note } of rows) {
    const figures = ratio === null ? "did not run" : `${format(ours)} against ${format(baseline)} ${unit}, ${format(ratio)}× (${range})`;
    process.stdout.write(`${pass ? "ok  " : "MISS"} ${name}: ${figures}, goal ${goal}${note ? `; ${note}` : ""}\n`);
  }
}
process.exitCode = rows.every(({ pass }) => pass) ? 0 : 1;

function format(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
