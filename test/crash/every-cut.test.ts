import { describe, expect, test } from "vitest";
import { loadFlows } from "../support/runtime.js";
import { seededRandom } from "../support/seeded-random.js";
import { outcomeOf, problemsOf } from "./check.js";
import { drive, type Remains } from "./drive.js";
import { type Cut, cutsOf, parseCut } from "./power.js";
import { sample } from "./sample.js";
import type { Scenario } from "./scenario.js";
import { SCENARIOS } from "./scenarios.js";

/**
 * Cut before, inside and after every port call, recover, same outcome (I44). FLOWCTL_CRASH=all cuts everywhere, else a
 * seeded share (FLOWCTL_SEED). A failure prints what replays it: FLOWCTL_CUT='12:effect,40:before' runs these cuts only.
 */
const ALL = process.env["FLOWCTL_CRASH"] === "all";
const SEED = Number(process.env["FLOWCTL_SEED"] ?? 20261121);
const ONLY = process.env["FLOWCTL_CUT"];
/** Cuts of one scenario where not all are made, and of those how many are cut again while they recover. */
const SHARE = 40;
const TWICE = 10;

describe("cut at every port call", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      const flows = loadFlows(scenario.text);
      const uncut = await drive(scenario, flows, []);
      expect(problemsOf(uncut, uncut, 0)).toEqual([]);
      expect(new Set(uncut.rows.map(({ status }) => status)).isSubsetOf(new Set([scenario.ends ?? "completed"].flat()))).toBe(true);
      const outcome = outcomeOf(uncut);
      expect(Object.keys(outcome.messages)).toHaveLength(scenario.emits ?? 0);
      const tryCuts = async (cuts: readonly Cut[]): Promise<Remains> => {
        const remains = await drive(scenario, flows, cuts);
        const problems = problemsOf(remains, uncut, remains.calls.length - 1, scenario.spare);
        const found = { problems, crashes: remains.calls.length - 1, outcome: outcomeOf(remains) };
        expect(found, replayOf(scenario, cuts, remains)).toEqual({ problems: [], crashes: cuts.length, outcome });
        return remains;
      };
      if (ONLY !== undefined) {
        await tryCuts(ONLY.split(",").map(parseCut));
        return;
      }
      const random = seededRandom(SEED);
      const every = cutsOf(uncut.calls[0] ?? []);
      const chosen = ALL ? every : sample(every, SHARE, random);
      const twice = new Set(sample(chosen, ALL ? chosen.length / 4 : TWICE, random));
      for (const first of chosen) {
        const { calls } = await tryCuts([first]);
        const again = calls[1];
        if (again === undefined || !twice.has(first)) continue;
        const [second] = sample(cutsOf(again), 1, random);
        if (second !== undefined) await tryCuts([first, second]);
      }
    });
  }
});

function replayOf({ name }: Scenario, cuts: readonly Cut[], { calls }: Remains): string {
  const said = cuts.map(({ call, point }) => `${call}:${point}`).join(",");
  const where = cuts.map(({ call, point }, at) => `${point} ${calls[at]?.[call - 1]?.name ?? "nothing"}`).join(", then ");
  return `cut ${where}\nFLOWCTL_CUT='${said}' vitest run test/crash/every-cut.test.ts -t "${name}"\n`;
}
