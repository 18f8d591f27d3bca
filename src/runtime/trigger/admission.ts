import type { Again } from "../../core/event.js";
import { nextTurn } from "../../core/elapse.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { type AdmittedRun, rowOf } from "../live/admitted-run.js";
import { beginEarly } from "../live/begin-early.js";
import { isKnown } from "../live/live.js";
import { takeIn } from "../live/take-in.js";
import { wakeIfOpen } from "../live/wake-if-open.js";
import { patiently } from "../patience.js";
import { againOf, type Cannot } from "../redrive/earlier.js";
import { JournalLost, type OwnedJournal } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { LoadedFlow, World } from "../world.js";
import { type Candidate, isWholeMessage, lastRunOf, sourceOf } from "./candidate.js";
import { runIdOf } from "./identity.js";
import { poison, type Poison } from "./poison.js";
import type { Slots } from "./slots.js";
import type { TopicTrigger } from "./variables.js";

interface Admission {
  readonly admitted: AdmittedRun;
  readonly journal: OwnedJournal;
}
/** Durable, and in memory where its shard is this process's: else the store tells its owner. */
const BEGUN = { verdict: "begun" } as const;
/** Its run is there already. */
export interface Duplicate {
  readonly verdict: "duplicate";
  readonly candidate: Candidate;
  readonly run: RunId;
}
type Admitted = typeof BEGUN | Poison | Duplicate;

/** Whose runs they will be. */
export interface Into {
  readonly flow: LoadedFlow;
  readonly trigger: TopicTrigger;
  readonly slots: Slots;
}

/** A batch on its way to being durable. */
export interface BatchAdmission {
  /** The next batch may begin: what this one still waits for is the store. */
  readonly begun: Promise<unknown>;
  readonly admitted: Promise<readonly Admitted[]>;
}

/**
 * Creates a run for each message, by its first event (I17), but where that run is there already. In lanes all begin
 * before any is awaited, so that they are one commit, in the messages' order, and the next batch comes after it (I18);
 * else so many as may go on in one turn of the loop, with what they append first. What was before those that were sent
 * again is looked up before.
 */
export function admitAll(into: Into, candidates: readonly Candidate[], world: World): BatchAdmission {
  const beginning = beginAll(into, candidates, world);
  const admitted = beginning.then((all) => Promise.all(all));
  return { begun: into.trigger.ordering === undefined ? beginning : admitted, admitted };
}

async function beginAll(into: Into, candidates: readonly Candidate[], world: World): Promise<readonly Promise<Admitted>[]> {
  const { plan } = into.flow;
  const before = candidates.some(({ redrives }) => redrives > 0) ? await Promise.all(candidates.map((candidate) => lookBack(plan, candidate, world))) : [];
  const all: Promise<Admitted>[] = [];
  for (const [index, candidate] of candidates.entries()) {
    if (index > 0 && index % into.slots.perTurn === 0 && into.trigger.ordering === undefined) await nextTurn(world.ports.clock);
    const admitted = admit(into, candidate, before[index] ?? NEW, world);
    // What fails while the others begin is heard of with all of them.
    admitted.catch(() => undefined);
    all.push(admitted);
  }
  return all;
}

async function admit(into: Into, candidate: Candidate, { n: first, again: before }: SentAgain, world: World): Promise<Admitted> {
  const { flow, trigger } = into;
  const { ports, stopped } = world;
  const idOf = (n: number, redrives: number): RunId => (n > 0 ? runIdOf(flow.plan.id, candidate.identity, n, redrives) : redrives === 0 ? candidate.keyRun : candidate.run);
  const duplicate = (n: number): Admitted => ({ verdict: "duplicate", candidate, run: idOf(n, candidate.redrives) });
  // One that fails would leave what the same batch has admitted: durable, and in nobody's memory.
  const admittedAt = (n: number): Promise<number | null> => patiently(ports.clock, stopped, () => ports.store.admittedAt(idOf(n, candidate.redrives)));
  let again = before;
  for (let n = first ?? 0; ; again = await beforeIt(flow.plan, candidate, n, world)) {
    // One that comes once more, when its run has long begun, is not looked at.
    if (again !== null && "cannot" in again) return (await admittedAt(n)) === null ? poison(candidate.delivery, "conflict", again.cannot, candidate.message) : duplicate(n);
    const of = n === 0 ? candidate : { ...candidate, run: idOf(n, candidate.redrives), keyRun: idOf(n, 0) };
    const known = again;
    const append = (): Admission => begin(flow, trigger, of, known, world);
    // In a lane, who is there already may have one before it.
    const early = of.lane === null ? await world.live.mailbox.turn(of.run, () => tryEarly(append, of.run, into.slots, world)) : "not tried";
    if (early === "begun") return BEGUN;
    let newest = early === "refused" ? await newestOf(admittedAt, n) : null;
    if (newest === null) {
      const epoch = world.live.epochOf(of.run);
      const { admitted, journal } = append();
      const lost = await journal.barrier().then(() => null, lostOnly);
      if (lost === null) {
        if (!world.shards.owns(of.run)) return BEGUN;
        // As soon as it is durable: what another topic brings into the lane has the place that the store gives it (I18).
        if (world.live.epochOf(of.run) === epoch) takeIn(admitted, journal, into.slots, world);
        else await wakeIfOpen(of.run, world);
        return BEGUN;
      }
      // Someone has the id: past the key's time the next run of the key begins, else it is a duplicate.
      newest = await newestOf(admittedAt, n);
      // Nobody has: the runtime was closed before it was admitted.
      if (newest === null) throw lost;
    }
    if (first !== null || !isPast(newest.at, trigger, world)) return duplicate(newest.n);
    n = newest.n + 1;
  }
}

function tryEarly(append: () => Admission, run: RunId, slots: Slots, world: World): Promise<"begun" | "refused" | "not tried"> {
  if (!world.shards.owns(run) || isKnown(world.live, run)) return Promise.resolve("not tried");
  const { admitted, journal } = append();
  return beginEarly(admitted, journal, slots, world);
}

type Before = Again | Cannot | null;

interface SentAgain {
  /** Of the key's runs the one that it was, by its number; null where it does not say so. */
  readonly n: number | null;
  readonly again: Before;
}
const NEW: SentAgain = { n: null, again: null };

async function lookBack(plan: LoadedFlow["plan"], candidate: Candidate, world: World): Promise<SentAgain> {
  const n = await numberOf(plan, candidate, world);
  return { n, again: await beforeIt(plan, candidate, n ?? 0, world) };
}

/** I17: which of the runs of its key the message was, each of which has keys of its own. The newest, nearly always. */
async function numberOf({ id }: LoadedFlow["plan"], { identity, redrives, delivery }: Candidate, { ports, stopped }: World): Promise<number | null> {
  const run = lastRunOf(delivery);
  if (redrives === 0 || run === undefined) return null;
  const newest = await newestOf((n) => patiently(ports.clock, stopped, () => ports.store.admittedAt(runIdOf(id, identity, n, 0))), 0);
  for (let n = newest?.n ?? 0; n >= 0; n -= 1) {
    for (let redrive = Math.min(redrives - 1, MOST); redrive >= 0; redrive -= 1) if (runIdOf(id, identity, n, redrive) === run) return n;
  }
  return null;
}

/** How often one message is sent again before the runs in the middle are not looked for. */
const MOST = 100;

/** I17: what the run of a message that was sent again must know of those before it. */
async function beforeIt(plan: LoadedFlow["plan"], { identity, redrives }: Candidate, n: number, world: World): Promise<Before> {
  if (redrives === 0) return null;
  const idOf = (redrive: number): RunId => runIdOf(plan.id, identity, n, redrive);
  const last = Array.from({ length: Math.min(redrives - 1, MOST) }, (_, index) => idOf(redrives - 1 - index));
  return againOf([...last, idOf(0)], { run: idOf(redrives), keyRun: idOf(0), plan }, world);
}

function lostOnly(thrown: unknown): JournalLost {
  if (thrown instanceof JournalLost) return thrown;
  throw thrown;
}

/** The last of a key's runs, from one that exists: doubled, then halved, for a key that lives long has thousands. */
async function newestOf(read: (n: number) => Promise<number | null>, from: number): Promise<{ readonly n: number; readonly at: number } | null> {
  let at = await read(from);
  if (at === null) return null;
  let [there, gone] = [from, from];
  for (let step = 1; gone === there; step *= 2) {
    const next = await read(from + step);
    if (next === null) gone = from + step;
    else [there, gone, at] = [from + step, from + step, next];
  }
  while (gone - there > 1) {
    const middle = (there + gone) >> 1;
    const found = await read(middle);
    if (found === null) gone = middle;
    else [there, at] = [middle, found];
  }
  return { n: there, at };
}

function isPast(admittedAt: number, { dedupe }: TopicTrigger, { ports }: World): boolean {
  return dedupe !== undefined && dedupe.ttl !== "forever" && admittedAt <= ports.clock.now() - dedupe.ttl;
}

function begin(flow: LoadedFlow, trigger: TopicTrigger, candidate: Candidate, again: Again | null, { ports, commits }: World): Admission {
  const { run, keyRun, input, key, lane, message, delivery, redrives } = candidate;
  const { clock } = ports;
  const source = sourceOf(delivery, key);
  const admitted: AdmittedRun = {
    flow,
    run,
    keyRun,
    ...(again === null ? {} : { again }),
    input,
    key,
    admittedAt: clock.now(),
    began: clock.monotonic(),
    lane: lane === null ? null : { name: lane, releaseParked: trigger.ordering?.release === "parked" },
    from: { message, source, delivery, redrives },
    parent: null,
    ...(source.traceparent === undefined ? {} : { traceparent: source.traceparent }),
    isNew: candidate.isNew,
  };
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, lane, null) }];
  if (lane !== null) index.push({ op: "lane.join", lane });
  index.push(...waitersAtAdmission(flow.plan, run, input));
  const data = {
    flow: flow.plan.id,
    hash: flow.plan.hash,
    input,
    source,
    ...(lane === null ? {} : { lane }),
    ...(isWholeMessage(trigger.with) ? {} : { message }),
    ...(redrives === 0 ? {} : { redrive: { of: keyRun, count: redrives, ...(again === null ? {} : { again }) } }),
  };
  const journal = commits.open(run, -1);
  journal.append("run.admitted", null, data, index);
  return { admitted, journal };
}
