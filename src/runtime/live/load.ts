import type { RunEvent } from "../../core/event.js";
import type { RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { collect } from "../collect.js";
import { patiently } from "../patience.js";
import type { Lasting } from "../snapshot/lasting.js";
import { readLasting } from "../snapshot/read.js";
import type { LoadedFlow, World } from "../world.js";
import type { AdmittedRun } from "./admitted-run.js";

/** A run with what replay needs of its journal. */
export interface Stored extends Lasting {
  readonly row: RunRow;
}

type Reading = Pick<World, "ports" | "stopped" | "snapshots">;

/** What the store holds of a run; null for one that it does not know. */
export function readRun(run: RunId, { ports, stopped, snapshots }: Reading): Promise<Stored | null> {
  const { store, clock } = ports;
  return patiently(clock, stopped, async () => {
    const [row, journal] = await Promise.all([store.run(run), readLasting(run, store, snapshots.every)]);
    return row === null ? null : { row, ...journal };
  });
}

export function readJournal(run: RunId, { ports, stopped, snapshots }: Reading): Promise<Lasting> {
  return patiently(ports.clock, stopped, () => readLasting(run, ports.store, snapshots.every));
}

/** Of all that has ever happened. */
export function readWhole(run: RunId, { ports, stopped }: Reading): Promise<readonly RunEvent[]> {
  return patiently(ports.clock, stopped, () => collect(ports.store.read(run, 0)));
}

/** How it has ended; undefined where it has not, or was opened again. */
export function finishOf(events: readonly RunEvent[]): Extract<RunEvent, { readonly type: "run.finished" }> | undefined {
  const last = events.findLast(({ type }) => type === "run.finished" || type === "run.reopened");
  return last?.type === "run.finished" ? last : undefined;
}

export const hasFinished = (events: readonly RunEvent[]): boolean => finishOf(events) !== undefined;

/** The admission again, as its event tells it. */
export function readmit({ row, events }: Pick<Stored, "row" | "events">, flow: LoadedFlow, { ports }: World): AdmittedRun {
  const [admitted] = events;
  if (admitted?.type !== "run.admitted") throw new TypeError(`the journal of ${row.run} does not begin with its admission`);
  const { input, source, origin, lane, message, redrive, parent = null, fork } = admitted.data;
  const { clock } = ports;
  const again = redrive?.again ?? parent?.again;
  const traceparent = source?.traceparent ?? parent?.traceparent ?? (origin?.kind === "http" ? origin.traceparent : undefined);
  return {
    flow,
    run: row.run,
    keyRun: redrive?.of ?? parent?.keys ?? row.run,
    ...(again === undefined ? {} : { again }),
    input,
    key: source?.key ?? parent?.key ?? null,
    admittedAt: row.admittedAt,
    began: clock.monotonic() - Math.max(clock.now() - row.admittedAt, 0),
    lane: lane === undefined ? null : { name: lane, releaseParked: releasesParked(flow, source?.topic) },
    // A person made a fork, and looks how it ends: the message is the first run's, and a redrive would go on with the keys of that.
    from: source === null || fork !== undefined ? null : { message: message ?? input, source, delivery: null, redrives: redrive?.count ?? 0 },
    parent,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

const releasesParked = ({ plan }: LoadedFlow, topic: string | undefined): boolean =>
  plan.triggers.some((trigger) => trigger.kind === "topic" && trigger.topic === topic && trigger.ordering?.release === "parked");
