// What `npm run simulate` prints (scripts/simulate.mjs).
import { spawnSync } from "node:child_process";
import { problemsOf } from "../test/simulate/check/all.js";
import { subjectOf } from "../test/simulate/flows.js";
import { MUTANTS } from "../test/simulate/mutants.js";
import { describe } from "../test/simulate/report.js";
import { simulate } from "../test/simulate/simulate.js";

interface Totals {
  seeds: number;
  runs: number;
  /** Seeds whose flow the compiler refused. */
  refused: number;
  readonly counts: Map<string, number>;
}

const PROGRESS_MS = 10_000;

/** Seeds in a row up to the first that breaks a promise; true: none did. With a mutant that is a failure: nothing noticed it. */
export async function simulateSeeds({ from, seeds, mutant }: { readonly from: number; readonly seeds: number; readonly mutant: string | null }): Promise<boolean> {
  const totals: Totals = { seeds: 0, runs: 0, refused: 0, counts: new Map() };
  const started = performance.now();
  let told = started;
  for (let seed = from; seed < from + seeds; seed += 1) {
    totals.seeds += 1;
    const failure = await runSeed(seed, totals);
    if (failure !== null) {
      if (mutant !== null) return caught(mutant, totals.seeds, seed, failure);
      process.stdout.write(`${describe(seed, failure)}\n`);
      print(totals, started);
      return false;
    }
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      process.stderr.write(`${totals.seeds} seeds, ${rate(totals, started)} a second\n`);
    }
  }
  if (mutant !== null) process.stdout.write(`${mutant}: ${seeds} seeds noticed nothing\n`);
  else print(totals, started);
  return mutant === null;
}

/** Null: all promises hold. */
async function runSeed(seed: number, totals: Totals): Promise<readonly string[] | null> {
  const { broken } = subjectOf(seed);
  if (broken !== null) return [broken];
  const remains = await simulate(seed);
  if (remains === null) {
    totals.refused += 1;
    return null;
  }
  totals.runs += remains.rows.length;
  for (const [what, times] of remains.counts) totals.counts.set(what, (totals.counts.get(what) ?? 0) + times);
  const problems = await problemsOf(remains);
  return problems.length === 0 ? null : problems;
}

function caught(mutant: string, seeds: number, seed: number, [first = ""]: readonly string[]): boolean {
  process.stdout.write(`${mutant}: caught after ${seeds} seeds (seed ${seed}): ${first.slice(0, 300)}\n`);
  return true;
}

const rate = ({ seeds }: Totals, started: number): string => ((seeds / (performance.now() - started)) * 1000).toFixed(1);

function print(totals: Totals, started: number): void {
  const { seeds, runs, refused, counts } = totals;
  const crashes = [...counts].reduce((sum, [what, times]) => (what.startsWith("crash ") ? sum + times : sum), 0);
  process.stdout.write(`${seeds} seeds, ${runs} runs, ${counts.get("steps") ?? 0} steps, ${crashes} crashes, ${counts.get("zombie") ?? 0} zombies, ${refused} seeds whose flow does not compile, ${rate(totals, started)} seeds a second\n`);
  for (const [what, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) if (what !== "steps") process.stdout.write(`  ${what.padEnd(20)} ${times}\n`);
}

/** One seed, with its flow and what happened; true: all promises hold. */
export async function tellSeed(seed: number): Promise<boolean> {
  const { generated, refusals, broken } = subjectOf(seed);
  process.stdout.write(`${generated.text}\n`);
  const remains = await simulate(seed);
  if (remains === null) {
    process.stdout.write(`the compiler refuses it: ${broken ?? refusals.join("\n")}\n`);
    return broken === null;
  }
  process.stdout.write(`${JSON.stringify(remains.profile)}\n`);
  for (const { run, seq, at, type, path = "", data } of remains.log) process.stdout.write(`${new Date(at).toISOString().slice(11, 23)} ${run.slice(0, 6)} ${seq} ${type} ${path} ${JSON.stringify(data)}\n`);
  for (const { id, request } of remains.person.asked) process.stdout.write(`asked ${id}: ${JSON.stringify(request)}${remains.person.accepted.has(id) ? "" : ", refused"}\n`);
  for (const { at, tool, run, path, times, key } of remains.ledger.effects.values()) process.stdout.write(`effect ${at} ${tool} ${run} ${path}: ${times} times${remains.ledger.undone.has(key) ? ", undone" : ""}\n`);
  process.stdout.write(`trace ${remains.trace}\n`);
  const problems = await problemsOf(remains);
  if (problems.length > 0) process.stdout.write(`${describe(seed, problems)}\n`);
  return problems.length === 0;
}

/** Each mutant in a process of its own; true: all were caught. */
export function simulateMutants(from: number, seeds: number): boolean {
  let all = true;
  for (const { name } of MUTANTS) {
    const ran = spawnSync(process.execPath, ["scripts/simulate.mjs", "--mutant", name, "--from", String(from), "--seeds", String(seeds)], { encoding: "utf8" });
    if (ran.status !== 0) all = false;
    process.stdout.write(ran.stdout === "" ? `${name}: ${ran.stderr}\n` : ran.stdout);
  }
  return all;
}
