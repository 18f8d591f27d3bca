import type { RunEvent } from "../../../src/core/event.js";
import { parseSchedule } from "../../../src/expr/schedule.js";
import { TICKED, TICKING } from "../generate/flow.js";
import type { Remains } from "../simulate.js";

/** A process that is there looks at the clock so often at least; a tick may wait for what is away, as for two runs that are slow to park one behind the other (`slowness`). */
const LATE_MS = 250_000;

/** One run a tick, none early, none that counts as taken and has no run, and the last one is not forgotten (I15, I17). */
export function* checkTicks({ subject, events, published, flows, ticks: { began, put, endedAt } }: Remains): Generator<string> {
  const cron = subject.generated.ticks;
  if (cron === null) return;
  const schedule = parseSchedule(cron, "UTC");
  const journaled = flows.some(({ plan }) => plan.id === TICKING && plan.class === "J");
  const taken = journaled ? admittedTicks(events) : saidTicks(published);
  const runs = new Map<number, Set<string>>();
  for (const { time, run, at } of taken) {
    runs.set(time, (runs.get(time) ?? new Set()).add(run));
    if (schedule.next(time - 1) !== time) yield `${run} is the run of ${new Date(time).toISOString()}, which is no tick of ${cron}`;
    if (at !== null && at < time) yield `${run} begins ${time - at} ms before its tick (I15)`;
  }
  for (const [time, list] of runs) if (list.size > 1) yield `the tick ${new Date(time).toISOString()} is ${list.size} runs: ${[...list].join(" ")} (I17)`;
  for (const time of put) if (!runs.has(time)) yield `the tick ${new Date(time).toISOString()} counts as taken, and has no run (I17)`;
  // A process that was cut off as it began, and the next one, each say when they did, a zombie later than the next one.
  const since = Math.min(...began);
  const last = schedule.latest(endedAt - LATE_MS);
  if (last !== null && last > since && ![...runs.keys()].some((time) => time >= last)) yield `the tick ${new Date(last).toISOString()} has no run, nor has one after it`;
}

interface Taken {
  readonly time: number;
  readonly run: string;
  readonly at: number | null;
}

function admittedTicks(events: ReadonlyMap<string, readonly RunEvent[]>): readonly Taken[] {
  return [...events].flatMap(([run, [admitted]]) => (admitted?.type === "run.admitted" && admitted.data.origin?.kind === "schedule" && admitted.data.fork === undefined ? [{ time: admitted.data.origin.time, run, at: admitted.at }] : []));
}

/** Of a pure flow there is what it said. */
function saidTicks(published: Remains["published"]): readonly Taken[] {
  return published.flatMap(({ topic, id, body }) => (topic === TICKED ? [{ time: Date.parse(String(JSON.parse(String(body)).time)), run: id.slice(0, id.indexOf("/")), at: null }] : []));
}
