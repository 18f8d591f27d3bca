import type { Again } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { type AdmittedRun, rowOf } from "../live/admitted-run.js";
import { patiently } from "../patience.js";
import { againOf, type Cannot } from "../redrive/earlier.js";
import { type Journal, JournalLost } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { LoadedFlow, World } from "../world.js";
import { type Candidate, isWholeMessage, lastRunOf, sourceOf } from "./candidate.js";
import { runIdOf } from "./identity.js";
import { poison, type Poison } from "./poison.js";
import type { TopicTrigger } from "./variables.js";

export interface Admission {
  readonly verdict: "admitted";
  readonly admitted: AdmittedRun;
  readonly journal: Journal;
}

/**
 * Creates a run for each message, by its first event (I17): null where that run is there already. All begin before any
 * is awaited, so that they are one commit, in the messages' order (I18); what was before those that were sent again is
 * looked up before.
 */
export async function admitAll(flow: LoadedFlow, trigger: TopicTrigger, candidates: readonly Candidate[], world: World): Promise<readonly (Admission | Poison | null)[]> {
  const before = candidates.some(({ redrives }) => redrives > 0) ? await Promise.all(candidates.map((candidate) => lookBack(flow.plan, candidate, world))) : [];
  return Promise.all(candidates.map((candidate, index) => admit(flow, trigger, candidate, before[index] ?? NEW, world)));
}

async function admit(flow: LoadedFlow, trigger: TopicTrigger, candidate: Candidate, { n: first, again: before }: SentAgain, world: World): Promise<Admission | Poison | null> {
  const { ports, stopped } = world;
  const idOf = (n: number, redrives: number): RunId => runIdOf(flow.plan.id, candidate.identity, n, redrives);
  // One that fails would leave what the same batch has admitted: durable, and in nobody's memory.
  const admittedAt = (n: number): Promise<number | null> => patiently(ports.clock, stopped, () => ports.store.admittedAt(idOf(n, candidate.redrives)));
  let again = before;
  for (let n = first ?? 0; ; again = await beforeIt(flow.plan, candidate, n, world)) {
    // One that comes once more, when its run has long begun, is not looked at.
    if (again !== null && "cannot" in again) return (await admittedAt(n)) === null ? poison(candidate.delivery, "conflict", again.cannot, candidate.message) : null;
    const admission = begin(flow, trigger, { ...candidate, run: idOf(n, candidate.redrives), keyRun: idOf(n, 0) }, again, world);
    const lost = await admission.journal.barrier().then(() => null, lostOnly);
    if (lost === null) return admission;
    // Someone has the id: past the key's time the next run of the key begins, else it is a duplicate.
    const newest = await newestOf(admittedAt, n);
    // Nobody has: the runtime was closed before it was admitted.
    if (newest === null) throw lost;
    if (first !== null || !isPast(newest.at, trigger, world)) return null;
    n = newest.n + 1;
  }
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
  return { verdict: "admitted", admitted, journal };
}
