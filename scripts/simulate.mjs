// `npm run simulate -- [--seeds 1000] [--from 1]`: the whole runtime in a world that crashes, loses, refuses and delays, a
// seed after the other; exit 1 with the first seed that breaks a promise, and the command that replays it.
// `--seed N` runs one and tells what happened. `--mutant NAME` breaks the runtime on purpose and must find a seed that
// notices; `--mutants` does so for each of them and prints the table of docs/design/simulator.md.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { parseArgs } from "node:util";
import "./sources.mjs";
import { whole } from "./whole.mjs";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1000" }, from: { type: "string", default: "1" }, seed: { type: "string" }, mutant: { type: "string" }, mutants: { type: "boolean", default: false } },
});
const [from, seeds, one] = [whole("from", values.from, 0), whole("seeds", values.seeds), values.seed === undefined ? null : whole("seed", values.seed, 0)];
const { MUTANTS, mutated } = await import("../test/simulate/mutants.ts");
if (values.mutant !== undefined) {
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  if (mutant === undefined) throw new Error(`there is no mutant ${values.mutant}, only ${MUTANTS.map(({ name }) => name).join(", ")}`);
  const changed = new Map(mutant.changes.map((change) => [new URL(`../${change.file}`, import.meta.url).href, change]));
  // Not first when the file is loaded, if it ever is.
  for (const [url, change] of changed) mutated(readFileSync(new URL(url), "utf8"), change);
  registerHooks({
    load(url, context, next) {
      const change = changed.get(url);
      const loaded = next(url, context);
      return change === undefined ? loaded : { ...loaded, source: mutated(String(loaded.source), change) };
    },
  });
}
const { simulateSeeds, simulateMutants, tellSeed } = await import("./simulate.ts");
if (values.mutants) process.exitCode = simulateMutants(from, seeds) ? 0 : 1;
else if (one !== null) process.exitCode = (await tellSeed(one)) ? 0 : 1;
else process.exitCode = (await simulateSeeds({ from, seeds, mutant: values.mutant ?? null })) ? 0 : 1;
