import type { RunEvent } from "../../../src/core/event.js";
import { lanesOf, locksOf, twiceEnded } from "../../crash/check.js";
import { LATER } from "../generate/flow.js";
import type { Remains } from "../simulate.js";

/** What holds of any journal: dense seq (I2), one end a path (I9), lanes (I18), no incident that only a fault of ours opens (I7). */
export function* checkJournals({ events, log, subject }: Remains): Generator<string> {
  for (const [run, list] of events) {
    yield* version(run, list, subject);
    for (const [at, { seq }] of list.entries()) if (seq !== at) yield `${run}: seq ${seq} at ${at} (I2)`;
    for (const path of twiceEnded(sinceReopened(list))) yield `${run}: ${path} has two ends (I9)`;
    for (const event of list) {
      if (event.type === "incident.opened" && (event.data.kind === "nondeterminism" || event.data.kind === "unbindable")) yield `${run}: ${event.data.kind} at ${event.path}: ${event.data.message} (I7)`;
      if (event.type === "run.finished" && event.data.error?.message.includes("internal error") === true) yield `${run}: ${event.data.error.message}`;
    }
    yield* passes(run, list);
    const ends = list.filter(({ type }) => type === "run.finished").length;
    const reopened = list.filter(({ type }) => type === "run.reopened").length;
    if (ends !== reopened + 1) yield `${run}: ${ends} ends, ${reopened} times reopened`;
  }
  yield* lanesOf(log.filter(notReopened(log)));
  yield* locksOf(log);
  if (!subject.generated.trigger.release) yield* heldLanes(log.filter(notReopened(log)));
}

/** A run keeps the version that it was admitted under (I37). */
function* version(run: string, list: readonly RunEvent[], { next }: Remains["subject"]): Generator<string> {
  const [admitted] = list;
  if (admitted?.type !== "run.admitted" || next.length === 0 || admitted.data.flow !== "f") return;
  // Of a run that one of it has started, the hash begins so.
  const isNext = next.some(({ plan }) => plan.id === "f" && admitted.data.hash.startsWith(plan.hash));
  const did = list.some(({ path }) => path === LATER);
  if (did && !isNext) yield `${run}: does what a later version of its flow does (I37)`;
}

/** A pass that is recorded has been done (I5). Those of a loop of pure steps leave nothing, and one is recorded where such a loop fails, for its catch. */
function* passes(run: string, list: readonly RunEvent[]): Generator<string> {
  const begun = new Set<string>();
  for (const [at, event] of list.entries()) {
    const { path = "" } = event;
    const next = list[at + 1];
    if (event.type === "loop.advanced" && next?.type === "step.failed" && next.path === path) continue;
    for (const place of event.type === "steps.computed" ? event.data.items.map((item) => item.path) : [path]) for (const { index } of place.matchAll(/(?<=#\d+)\//g)) begun.add(place.slice(0, index));
    if (event.type === "loop.advanced" && !begun.has(`${path}#${event.data.i}`)) yield `${run}: ${path} records pass ${event.data.i}, in which nothing was done (I5)`;
  }
}

/** A run keeps its lane until it ends, also while it is parked (I18). */
function* heldLanes(log: readonly RunEvent[]): Generator<string> {
  const laneOf = new Map<string, string>();
  const active = new Map<string, string>();
  for (const { run, type, data } of log) {
    if (type === "run.admitted" && data.lane !== undefined) laneOf.set(run, data.lane);
    const lane = laneOf.get(run);
    if (lane === undefined) continue;
    const other = active.get(lane);
    if (type === "run.started" && other !== undefined) yield `${run} starts while ${other} has its lane (I18)`;
    if (type === "run.started") active.set(lane, run);
    if (type === "run.finished" && other === run) active.delete(lane);
  }
}

/** What a failed run does when it goes on may end again what had ended around its failure (I6). */
function sinceReopened(list: readonly RunEvent[]): readonly RunEvent[] {
  return list.slice(list.findLastIndex(({ type }) => type === "run.reopened") + 1);
}

/** A run that goes on after it failed has left its lane for good. */
function notReopened(log: readonly RunEvent[]): (event: RunEvent) => boolean {
  const reopened = new Set(log.flatMap(({ type, run }) => (type === "run.reopened" ? [run] : [])));
  return ({ run }) => !reopened.has(run);
}
