import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { type AdmittedRun, rowOf } from "../live/admitted-run.js";
import { patiently } from "../patience.js";
import { type Journal, JournalLost } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { LoadedFlow, World } from "../world.js";
import { type Candidate, isWholeMessage, sourceOf } from "./candidate.js";
import { runIdOf } from "./identity.js";
import type { TopicTrigger } from "./variables.js";

export interface Admission {
  readonly admitted: AdmittedRun;
  readonly journal: Journal;
}

/**
 * Creates a run for each message, by its first event (I17): null where that run is there already. All begin before any
 * is awaited, so that they are one commit, in the messages' order (I18).
 */
export function admitAll(flow: LoadedFlow, trigger: TopicTrigger, candidates: readonly Candidate[], world: World): Promise<readonly (Admission | null)[]> {
  return Promise.all(candidates.map((candidate) => admit(flow, trigger, candidate, world)));
}

async function admit(flow: LoadedFlow, trigger: TopicTrigger, candidate: Candidate, world: World): Promise<Admission | null> {
  const { ports, stopped } = world;
  const idOf = (n: number, redrives: number): RunId => runIdOf(flow.plan.id, candidate.identity, n, redrives);
  // One that fails would leave what the same batch has admitted: durable, and in nobody's memory.
  const admittedAt = (n: number): Promise<number | null> => patiently(ports.clock, stopped, () => ports.store.admittedAt(idOf(n, candidate.redrives)));
  for (let n = 0; ; ) {
    const admission = begin(flow, trigger, { ...candidate, run: idOf(n, candidate.redrives), keyRun: idOf(n, 0) }, world);
    const lost = await admission.journal.barrier().then(() => null, lostOnly);
    if (lost === null) return admission;
    // Someone has the id: past the key's time the next run of the key begins, else it is a duplicate.
    const newest = await newestOf(admittedAt, n);
    // Nobody has: the runtime was closed before it was admitted.
    if (newest === null) throw lost;
    if (!isPast(newest.at, trigger, world)) return null;
    n = newest.n + 1;
  }
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

function begin(flow: LoadedFlow, trigger: TopicTrigger, candidate: Candidate, { ports, commits }: World): Admission {
  const { run, keyRun, input, key, lane, message, delivery, redrives } = candidate;
  const { clock } = ports;
  const source = sourceOf(delivery, key);
  const admitted: AdmittedRun = {
    flow,
    run,
    keyRun,
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
    ...(redrives === 0 ? {} : { redrive: { of: keyRun, count: redrives } }),
  };
  const journal = commits.open(run, -1);
  journal.append("run.admitted", null, data, index);
  return { admitted, journal };
}
