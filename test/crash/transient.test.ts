import { describe, expect, test } from "vitest";
import { InfraError } from "../../src/core/errors.js";
import { loadFlows } from "../support/runtime.js";
import { seededRandom } from "../support/seeded-random.js";
import { type Outcome, outcomeOf, problemsOf } from "./check.js";
import { drive, type Remains } from "./drive.js";
import { type Fault, faultsOf, parseFault, printFault } from "./faults.js";
import { cutsOf, parseCut, type PortCall } from "./power.js";
import { sample } from "./sample.js";
import type { Scenario } from "./scenario.js";
import { SCENARIOS } from "./scenarios.js";

/**
 * Port calls that reject, once, in pairs, for some seconds or for longer than anybody waits, while the process lives on:
 * the same runtime goes on to the same outcome, or it has ended with an InfraError and the next one does.
 * FLOWCTL_CRASH=all fails every call, else a seeded share (FLOWCTL_SEED). A failure prints what replays it:
 * FLOWCTL_FAULT='12:effect,40:before:2000' makes these faults only.
 */
const ALL = process.env["FLOWCTL_CRASH"] === "all";
const SEED = Number(process.env["FLOWCTL_SEED"] ?? 20261121);
const ONLY = process.env["FLOWCTL_FAULT"];
/** Of one scenario, where not all are made. */
const SHARE = { once: 10, pairs: 3, bursts: 3, outages: 1, zombies: 2 };
/** Within the patience of everything that waits, and beyond it. */
const BURSTS_MS = [40, 300, 2_000, 9_000];
const OUTAGE_MS = 90_000;

describe("port calls that reject while the process lives on", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      const flows = loadFlows(scenario.text);
      const sound = await drive(scenario, flows, [], { faults: [] });
      expect({ problems: problemsOf(sound, sound, 0), ends: sound.ends }).toEqual({ problems: [], ends: [] });
      const failures: string[] = [];
      const calls = sound.calls[0] ?? [];
      const random = seededRandom(SEED);
      const pick = <T>(values: readonly T[]): T[] => sample(values, 1, random);
      const tryFaults = async (faults: readonly Fault[]): Promise<void> => {
        const remains = await drive(scenario, flows, [], { faults });
        const wrong = wrongWith(remains, sound, faults, scenario);
        if (wrong.length > 0) failures.push(`${replayOf(scenario, faults, remains)}${wrong.join("\n")}\n`);
      };
      if (ONLY !== undefined) {
        await tryFaults(ONLY.split(",").map(parseFault));
        expect(failures.join("\n")).toBe("");
        return;
      }
      const every = faultsOf(calls);
      const share = (count: number): readonly Fault[] => (ALL ? every : sample(every, count, random));
      for (const fault of share(SHARE.once)) await tryFaults([fault]);
      for (const fault of share(SHARE.pairs)) {
        const later = pick(every.filter(({ call }) => call > fault.call && call < fault.call + 12));
        await tryFaults([fault, ...later]);
      }
      const outages = every.filter(({ point }) => point !== "refused");
      for (const fault of sample(outages, ALL ? outages.length : SHARE.bursts, random)) for (const ms of pick(BURSTS_MS)) await tryFaults([{ ...fault, ms }]);
      for (const fault of sample(outages, ALL ? outages.length / 4 : SHARE.outages, random)) await tryFaults([{ ...fault, ms: OUTAGE_MS }]);
      expect(failures.length, failures.slice(0, 3).join("\n")).toBe(0);
    });
  }
});

/** I16: its shards are taken, and it does not know. FLOWCTL_CUT='12:effect' replays one. */
describe("a process that goes on beside the next one", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      const flows = loadFlows(scenario.text);
      const alone = await drive(scenario, flows, []);
      const every = cutsOf(alone.calls[0] ?? []);
      const once = process.env["FLOWCTL_CUT"];
      for (const cut of once === undefined ? sample(every, ALL ? every.length : SHARE.zombies, seededRandom(SEED)) : [parseCut(once)]) {
        const paused = Promise.withResolvers<void>();
        paused.resolve();
        const remains = await drive(scenario, flows, [cut], { paused, downMs: 0 });
        // I21: reads it may repeat.
        const problems = problemsOf(remains, alone, 1, scenario.spare).filter((problem) => !problem.includes(": the read "));
        const name = alone.calls[0]?.[cut.call - 1]?.name ?? "nothing";
        const replay = `another one takes over at ${cut.point} ${name}\nFLOWCTL_CUT='${cut.call}:${cut.point}' vitest run test/crash/transient.test.ts -t "beside the next one ${scenario.name}"\n`;
        expect([...problems, ...differences(outcomeOf(remains), outcomeOf(alone))], replay).toEqual([]);
      }
    });
  }
});

function wrongWith(remains: Remains, sound: Remains, faults: readonly Fault[], scenario: Scenario): string[] {
  const [first = []] = remains.calls;
  const hit = faults.flatMap(({ call }) => first[call - 1] ?? []);
  const refused = faults.some(({ call, point }) => point === "refused" && first[call - 1]?.name.startsWith("bus.publish"));
  const long = faults.some(({ ms }) => ms > 0);
  const outage = faults.some(({ ms }) => ms === OUTAGE_MS);
  const wrong = problemsOf(remains, sound, long ? 50 : faults.length, scenario.spare).filter((problem) => !(refused && problem.includes("emitted and not published")));
  for (const { cause, starting } of remains.ends) {
    // What is away when a process starts ends it: nothing is under way.
    if (!starting && !(outage && cause instanceof InfraError)) wrong.push(`ended: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  }
  wrong.push(...orders(remains, sound), ...accidents(remains));
  const [outcome, expected] = [outcomeOf(remains), outcomeOf(sound)];
  // What was refused may be what another flow reads.
  if (refused && scenario.text.includes("\n---\n")) return wrong;
  if (refused && !hit.some(isFlows)) wrong.push(...refusals(outcome, expected));
  if (refused || hit.some(isFlows)) wrong.push(...lostRuns(outcome, expected, sound));
  else wrong.push(...differences(outcome, expected));
  return wrong;
}

/** What rejects here is the flow's affair: its retries and catches say how it ends. */
const isFlows = ({ name }: PortCall): boolean => name.startsWith("tool.") || name.startsWith("model.");

/** All that the bus took, once, and in whose order: a repetition after a lost reply is no message of its own. */
function orders({ published, events }: Remains, sound: Remains): string[] {
  const wrong: string[] = [];
  const journaled = new Set([...events.values()].flat().flatMap((event) => (event.type === "message.emitted" ? [event.data.id] : [])));
  const took = lines(published, journaled);
  for (const [line, ids] of lines(sound.published, journaled)) {
    const mine = took.get(line) ?? [];
    const both = ids.filter((id) => mine.includes(id));
    const order = mine.filter((id) => both.includes(id));
    if (order.join() !== both.join()) wrong.push(`order of ${line}: ${order.join(" ")}, not ${both.join(" ")} (I22)`);
  }
  return wrong;
}

/** Ids in the order in which they came first: of one topic and key, and where a journal has them of one run. */
function lines(published: Remains["published"], journaled: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, topic, key } of published) {
    const line = JSON.stringify([topic, key, journaled.has(id) ? id.slice(0, id.indexOf("/")) : ""]);
    const ids = found.get(line) ?? [];
    found.set(line, ids);
    if (!ids.includes(id)) ids.push(id);
  }
  return found;
}

function differences(outcome: Outcome, expected: Outcome): string[] {
  const wrong: string[] = [];
  for (const part of ["runs", "messages", "letters", "effects"] as const) {
    const [is, was] = [new Map(Object.entries(outcome[part])), new Map(Object.entries(expected[part]))];
    for (const key of new Set([...is.keys(), ...was.keys()])) {
      const [one, other] = [JSON.stringify(is.get(key)), JSON.stringify(was.get(key))];
      if (one !== other) wrong.push(`${part} ${key}: ${one}, not ${other}`);
    }
  }
  return wrong;
}

/** What the broker will never take is a dead letter of the store, and all else is as it was (I22). */
function refusals(outcome: Outcome, expected: Outcome): string[] {
  const lost = Object.keys(expected.messages).filter((id) => outcome.messages[id] === undefined && !outcome.letters.includes(id));
  return lost.map((id) => `the message ${id} was refused, and is no dead letter`);
}

/** Every message that was acknowledged is a run that has ended or waits, or a dead letter. What a step starts is its flow's affair. */
function lostRuns(outcome: Outcome, expected: Outcome, { events }: Remains): string[] {
  const isStarted = (run: string): boolean => events.get(run)?.some((event) => event.type === "run.admitted" && event.data.parent !== undefined) === true;
  return Object.keys(expected.runs).flatMap((run) => (outcome.runs[run] === undefined && !isStarted(run) ? [`${run} is not there`] : []));
}

/** Faults outside end a step, never a run by accident. */
function accidents({ events }: Remains): string[] {
  return [...events.values()].flat().flatMap((event) => {
    if (event.type !== "run.finished" || event.data.error === undefined) return [];
    const { code, message } = event.data.error;
    return message.includes("internal error") || (code === "unknown" && message.startsWith("model.")) ? [`${event.run} failed: ${code}: ${message}`] : [];
  });
}

function replayOf({ name }: Scenario, faults: readonly Fault[], { calls }: Remains): string {
  const where = faults.map(({ call, point, ms }) => `${point} ${calls[0]?.[call - 1]?.name ?? "nothing"}${ms === 0 ? "" : ` and ${ms} ms`}`).join(", then ");
  return `rejects ${where}\nFLOWCTL_FAULT='${faults.map(printFault).join(",")}' vitest run test/crash/transient.test.ts -t "${name}"\n`;
}
