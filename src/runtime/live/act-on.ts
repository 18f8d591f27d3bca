import type { EventMap } from "../../core/event.js";
import { nextTurn } from "../../core/elapse.js";
import type { RequestOutcome } from "../../core/ports/operator.js";
import type { InboxRow, IndexOp, RunRow } from "../../core/ports/store.js";
import type { Path, RunId } from "../../core/run-id.js";
import { type Held, heldOf } from "../inbox/held.js";
import { ACCEPTED, decided, hasEnded, noSuchRun } from "../inbox/outcome.js";
import { reopenAt } from "../inbox/reopen.js";
import { makeEvent } from "../journal/event.js";
import { foldHistory } from "../run/history.js";
import { type Journal, JournalLost } from "../run/journal.js";
import { signalsOf } from "../run/signals.js";
import { patiently, Stopped } from "../patience.js";
import { isAlsoAsked, lateAnswer } from "../request/also-asked.js";
import type { World } from "../world.js";
import { finishOf, readRun, readWhole } from "./load.js";
import { type OwnedRun, WAKE } from "./owned-run.js";
import { wake } from "./wake.js";

/**
 * A request as a turn of its run's mailbox (I13): the event about it is durable when this resolves, and the run goes on,
 * from memory or from the journal. `stored`: the request is a row of the inbox, which goes with that event. Of a run that is
 * another process's, or becomes so meanwhile, it is in the inbox when this resolves.
 */
export async function actOn(row: InboxRow, world: World, stored: boolean): Promise<RequestOutcome> {
  const { live, ports, shards, stopped } = world;
  if (shards.owns(row.run)) {
    try {
      return await actHere(row, world, stored);
    } catch (thrown) {
      if (!(thrown instanceof JournalLost)) throw thrown;
      if (stopped()) throw new Stopped(thrown);
      if (!shards.shared) throw thrown;
    }
  }
  // A row of the inbox is its owner's to look at.
  if (stored) return ACCEPTED;
  // A turn too: its owner acts on the rows in the order in which they were put.
  await live.mailbox.turn(row.run, () => patiently(ports.clock, stopped, () => ports.store.putInbox(row)));
  // Its shard may have come back, and nobody tells a process what it has put itself.
  return shards.owns(row.run) ? actOn(row, world, true) : ACCEPTED;
}

async function actHere(row: InboxRow, world: World, stored: boolean): Promise<RequestOutcome> {
  const { live } = world;
  // I1: until its admission has brought it into memory, another journal of the run would push that one aside.
  if (!live.owned.has(row.run)) await live.admissions.over();
  return live.mailbox.turn(row.run, async () => {
    if (row.request.kind === "reopen" || isAlsoAsked(row.request)) await ended(row.run, world);
    const owned = live.owned.get(row.run);
    const index: readonly IndexOp[] = stored ? [{ op: "inbox.delete", id: row.id }] : [];
    return owned === undefined ? cold(row, index, world) : warm(owned, row, index);
  });
}

/** A run that ends is out of memory: its end is durable or lost, and observers have heard of it a few turns before. */
async function ended(id: RunId, { live, ports }: World): Promise<void> {
  for (let run = live.owned.get(id); run?.ended === true; run = live.owned.get(id)) {
    // Whoever drives the run is told of what is lost.
    await run.journal.barrier().catch(() => undefined);
    await nextTurn(ports.clock);
  }
}

async function warm(run: OwnedRun, row: InboxRow, index: readonly IndexOp[]): Promise<RequestOutcome> {
  const { journal, held } = run;
  const told = run.ended || run.heard.has(row.id) ? null : toldBy(row, held);
  if (told === null) return late(row, journal, index, run.ended, run.heard);
  const { type, path, data } = told;
  journal.append(type, path, data, index);
  const event = makeEvent(type, journal.run, -1, row.at, path, true, data);
  if (row.request.kind === "signal") run.heard.add(row.id);
  if (type === "run.cancel_requested") run.abort.abort();
  else if (run.handle !== null) run.handle.wake(event);
  else if (row.request.kind === "signal") run.early.push(event);
  await journal.barrier();
  return ACCEPTED;
}

/** Of a run that is not in memory: parked, waiting for its place, or ended. */
async function cold(row: InboxRow, index: readonly IndexOp[], world: World): Promise<RequestOutcome> {
  const stored = await readRun(row.run, world);
  if (stored === null) return noSuchRun(row.run);
  const { events } = stored;
  const history = foldHistory(events);
  const journal = world.commits.open(row.run, history.lastSeq);
  if (row.request.kind === "reopen") return reopen(row, stored.row, journal, index, world);
  const heard = new Set(signalsOf(history.paths).all.keys());
  const told = stored.row.status === null && !heard.has(row.id) ? toldBy(row, heldOf(events)) : null;
  if (told === null) return late(row, journal, heard.has(row.id) ? index : [...index, ...lateAnswer(row, finishOf(events)?.data)], stored.row.status !== null, heard);
  if (row.request.kind === "signal" && !awaits(stored.row, row.request.name)) {
    journal.append(told.type, told.path, told.data, index);
    await journal.barrier();
    return ACCEPTED;
  }
  const awake: RunRow = { ...stored.row, waits: [] };
  journal.append(told.type, told.path, told.data, [...index, { op: "run.row", row: awake }, { op: "timer.delete", path: WAKE }]);
  await journal.barrier();
  const queued = world.live.queued.get(row.run);
  if (queued !== undefined) queued.row = awake;
  await wake(awake, world);
  return ACCEPTED;
}

/** A signal that comes before its wait is kept, and wakes nobody (I13). */
const awaits = ({ waits }: RunRow, name: string): boolean => waits.some(({ signal }) => signal === name);

/** I6: the run is open again; it holds no lane, whose later runs have gone on. Its dead letter stays. */
async function reopen(row: InboxRow, failed: RunRow, journal: Journal, index: readonly IndexOp[], world: World): Promise<RequestOutcome> {
  const at = reopenAt(failed, await readWhole(row.run, world));
  if (!("path" in at)) return index.length === 0 ? at : late(row, journal, index, true, new Set());
  const awake: RunRow = { ...failed, status: null, waits: [], finishedAt: null, lane: null, error: null };
  journal.append("run.reopened", null, { path: at.path, by: row.by }, [...index, { op: "run.row", row: awake }]);
  await journal.barrier();
  await wake(awake, world);
  return ACCEPTED;
}

type Told = {
  [T in "signal.received" | "incident.resolved" | "run.cancel_requested"]: { readonly type: T; readonly path: Path | null; readonly data: EventMap[T] };
}["signal.received" | "incident.resolved" | "run.cancel_requested"];

/** The event about a request; null where nobody waits for it any more. */
function toldBy({ id, by, request }: InboxRow, held: ReadonlyMap<Path, Held>): Told | null {
  switch (request.kind) {
    case "answer":
      return held.get(request.path) === "ask" ? { type: "signal.received", path: request.path, data: { id, name: "answer", from: by, payload: request.payload } } : null;
    case "resolve": {
      const { path, action, output } = request;
      return held.get(path) === "incident" ? { type: "incident.resolved", path, data: { action, by, ...(output === undefined ? {} : { output }) } } : null;
    }
    case "signal":
      return { type: "signal.received", path: null, data: { id, name: request.name, from: by, payload: request.payload } };
    case "cancel":
      return { type: "run.cancel_requested", path: null, data: { by, ...(request.reason === undefined ? {} : { reason: request.reason }) } };
    case "reopen":
      return null;
  }
}

/** It came too late: its row goes with an event of no path, which nothing looks at. */
async function late(row: InboxRow, journal: Journal, index: readonly IndexOp[], ended: boolean, heard: ReadonlySet<string>): Promise<RequestOutcome> {
  const { id, by, request, run } = row;
  if (index.length > 0) {
    journal.append("signal.received", null, { id, name: `late ${request.kind}`, from: by, payload: "payload" in request ? request.payload : null }, index);
    await journal.barrier();
  }
  if (heard.has(id)) return ACCEPTED;
  return ended || !("path" in request) ? hasEnded(run) : decided(run, request.path);
}
