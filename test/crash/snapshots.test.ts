import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/event.js";
import { foldHistory, NOTHING_SPENT } from "../../src/runtime/run/history.js";
import { lastingOf } from "../../src/runtime/snapshot/lasting.js";
import { toText } from "../../src/runtime/snapshot/text.js";
import { loadFlows } from "../support/runtime.js";
import { simulate } from "../simulate/simulate.js";
import { seededRandom } from "../support/seeded-random.js";
import { outcomeOf, problemsOf } from "./check.js";
import { drive } from "./drive.js";
import { cutsOf } from "./power.js";
import { sample } from "./sample.js";
import { SCENARIOS } from "./scenarios.js";

/** Cuts of a scenario; FLOWCTL_CRASH=all: everywhere. */
const SHARE = process.env["FLOWCTL_CRASH"] === "all" ? Infinity : 8;
const SEED = Number(process.env["FLOWCTL_SEED"] ?? 20261121);

const lasting = (events: readonly RunEvent[]) => lastingOf({ events, spent: NOTHING_SPENT });

describe("I39: replay from a snapshot, wherever it was taken, comes to what replay of the whole journal does", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      const flows = loadFlows(scenario.text);
      const uncut = await drive(scenario, flows, []);
      const outcome = outcomeOf(uncut);
      const random = seededRandom(SEED);
      // Of all that is durable, and of a part of it.
      const snapshotOf = (events: readonly RunEvent[]): string | null => {
        const part = events.slice(0, random.next() < 0.5 ? events.length : 1 + Math.floor(random.next() * events.length));
        const made = lasting(part);
        const last = part.at(-1);
        return made === null || last === undefined ? null : toText({ seq: last.seq, at: last.at, ...made });
      };
      for (const cut of sample(cutsOf(uncut.calls[0] ?? []), SHARE, random)) {
        const remains = await drive(scenario, flows, [cut], { snapshotOf });
        const found = { problems: problemsOf(remains, uncut, 1, scenario.spare), outcome: outcomeOf(remains) };
        expect(found, `cut ${cut.call}:${cut.point}, seed ${SEED}`).toEqual({ problems: [], outcome });
      }
      for (const events of uncut.events.values()) sameEverywhere(events);
    });
  }
});

test("I39: the same of journals of generated flows, in worlds that crash, lose and refuse", { timeout: 600_000 }, async () => {
  let journals = 0;
  for (let seed = SEED; seed < SEED + 12; seed += 1) {
    const remains = await simulate(seed);
    for (const events of remains?.events.values() ?? []) {
      journals += 1;
      sameEverywhere(events);
    }
  }
  expect(journals).toBeGreaterThan(20);
});

/** What a snapshot at any place and the rest come to is what all comes to. */
function sameEverywhere(events: readonly RunEvent[]): void {
  const whole = lasting(events);
  if (whole === null) return;
  const { emitted, usage, away, lent, cancelled, startedAt, forkedAt, code, lastSeq, ledger } = foldHistory(events);
  const folded = foldHistory(whole.events, whole.spent);
  expect({ ...folded, paths: null, usd: 0, ledger: null }).toEqual({ emitted, usage, away, lent, cancelled, startedAt, forkedAt, code, lastSeq, reopened: null, paths: null, usd: 0, ledger: null });
  expect(folded.ledger.done.every((one) => ledger.done.some(({ of }) => of === one.of))).toBe(true);
  for (let k = 1; k < events.length; k += 1) {
    const part = lasting(events.slice(0, k));
    expect(part).not.toBeNull();
    if (part === null) continue;
    const again = lastingOf({ events: [...part.events, ...events.slice(k)], spent: part.spent });
    expect(again?.events, `snapshot at ${k - 1}`).toEqual(whole.events);
    expect(again?.spent.usd).toBeCloseTo(whole.spent.usd);
  }
}
