import { expect, test } from "vitest";
import type { FlowError } from "../../src/core/errors.js";
import type { RunEvent } from "../../src/core/event.js";
import { failureMatrices, type FailureRow } from "../../src/core/plan/failure-matrix.js";
import { stepsIn } from "../../src/core/plan/blocks.js";
import { problemsOf } from "./check/all.js";
import { flowNumber, SEEDS_A_FLOW, subjectOf } from "./flows.js";
import { describe } from "./report.js";
import { type Remains, simulate } from "./simulate.js";

/** Generated flows that are looked at, and rows of `plan`'s matrices that at least come to be compared. */
const FLOWS = 120;
const ROWS = 150;

/** As the matrix names it. */
const general = (path: string): string => path.replace(/\[\d+\]/g, "[*]").replace(/#\d+/g, "#*").replace(/~[\d.]+/, "");

test("`plan` says of each step of a saga what is undone and what stays when it fails: so it is in generated flows", { timeout: 300_000 }, async () => {
  const compared = { caught: 0, undone: 0, "gives up": 0 };
  for (let flow = 0; flow < FLOWS; flow += 1) {
    const seed = flow * SEEDS_A_FLOW;
    expect(flowNumber(seed)).toBe(flow);
    const plan = subjectOf(seed).flows?.find((one) => one.plan.id === "f")?.plan;
    if (plan === undefined) continue;
    const kinds = new Map([...stepsIn(plan.body)].map(({ id, kind }) => [id, kind]));
    for (const { saga, rows } of failureMatrices(plan)) {
      for (const row of rows) {
        const kind = kinds.get(row.step.slice(row.step.lastIndexOf("/") + 1));
        // Others fail by what is in the flow, or because nobody comes.
        if (kind !== "tool" && kind !== "agent") continue;
        const remains = await simulate(seed, { calm: true, fails: (path) => general(path) === row.step });
        if (remains === null) continue;
        expect(await problemsOf(remains), describe(seed, [row.step])).toEqual([]);
        for (const how of compare(saga, row, remains, seed)) compared[how] += 1;
      }
    }
  }
  expect(compared.undone + compared.caught + compared["gives up"], JSON.stringify(compared)).toBeGreaterThan(ROWS);
  expect(Math.min(...Object.values(compared))).toBeGreaterThan(5);
});

function* compare(saga: string, row: FailureRow, { events }: Remains, seed: number): Generator<"caught" | "undone" | "gives up"> {
  for (const list of events.values()) {
    // What gives up behind a pivot is not over.
    const failure = list.find((event) => ((event.type === "step.failed" && event.data.retryAt === undefined) || (event.type === "incident.opened" && event.data.kind === "forward")) && general(event.path ?? "") === row.step);
    // It was not reached; or something else failed too, or took too long: a row is of one failure.
    if (failure === undefined || list.some((event) => isAnother(event, row.step))) continue;
    const place = (failure.path ?? "").slice(0, instanceEnd(failure.path ?? "", saga));
    const inside = list.filter(({ path = "" }) => path.startsWith(`${place}/`));
    const undone = new Set(inside.flatMap((event) => (event.type === "compensation.completed" ? [general(event.data.of)] : [])));
    const said = `${describe(seed, [`when ${row.step} fails`])}\n${JSON.stringify(row)}`;
    const asked = list.some(({ type, path }) => type === "incident.opened" && path === failure.path);
    expect(asked, said).toBe(row.operator === "gives up");
    for (const path of undone) expect(row.undone, said).toContain(path);
    if (row.caught !== null) {
      yield "caught";
      continue;
    }
    if (row.operator === "gives up") {
      yield "gives up";
      continue;
    }
    expect(list.findLast((event) => event.type === "saga.finished" && event.path === place)?.data, said).toEqual({ status: "compensated" });
    // What had run of what it names is undone; what had run of the rest stays.
    const applied = appliedIn(inside);
    for (const path of row.undone) if (applied.has(path)) expect(undone, said).toContain(path);
    for (const path of applied) if (!undone.has(path)) expect(row.stays, said).toContain(path);
    yield "undone";
  }
}

function isAnother(event: RunEvent, step: string): boolean {
  if (event.type === "step.decided") return event.data.what === "timeout" || event.data.what === "block";
  return event.type === "step.failed" && event.data.retryAt === undefined && general(rootOf(event.data.error)) !== step;
}

const rootOf = ({ step = "", cause }: FlowError): string => (cause === undefined ? step : rootOf(cause));

/** Where the saga's own path ends in that of a step in it, whatever its items and passes are. */
function instanceEnd(path: string, saga: string): number {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) if (general(path.slice(0, at)) === saga) return at;
  throw new RangeError(`${path} is not in ${saga}`);
}

/** Writes and messages that came to be, before they were undone. */
function appliedIn(list: readonly RunEvent[]): ReadonlySet<string> {
  const writes = new Set(list.flatMap(({ type, path = "", data }) => (type === "step.started" && data.effect === "write" ? [path] : [])));
  return new Set(list.flatMap(({ type, path = "" }) => (!path.includes("!undo") && ((type === "step.completed" && writes.has(path)) || type === "message.emitted") ? [general(path)] : [])));
}
