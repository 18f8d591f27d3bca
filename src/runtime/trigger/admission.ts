import type { IndexOp } from "../../core/ports/store.js";
import { JournalLost } from "../run/journal.js";
import type { LoadedFlow, World } from "../world.js";
import { type Candidate, isWholeMessage, sourceOf } from "./candidate.js";
import { runIdOf } from "./identity.js";
import { type AdmittedRun, rowOf } from "./journaled-run.js";
import type { TopicTrigger } from "./variables.js";

/** How often a key may have had a run before: each is a row to look at. */
const MOST_AGAIN = 10_000;

/**
 * Creates a run for each message, by its first event (I17): null where that run is there already. All begin before any
 * is awaited, so that they are one commit, in the messages' order (I18).
 */
export function admitAll(flow: LoadedFlow, trigger: TopicTrigger, ownCodes: ReadonlySet<string>, candidates: readonly Candidate[], world: World): Promise<readonly (AdmittedRun | null)[]> {
  return Promise.all(candidates.map((candidate) => admit(flow, trigger, ownCodes, candidate, world)));
}

async function admit(flow: LoadedFlow, trigger: TopicTrigger, ownCodes: ReadonlySet<string>, candidate: Candidate, world: World): Promise<AdmittedRun | null> {
  let { run, keyRun } = candidate;
  for (let n = 0; ; ) {
    const admitted = begin(flow, trigger, ownCodes, { ...candidate, run, keyRun }, world);
    try {
      await admitted.journal.barrier();
      return admitted;
    } catch (thrown) {
      if (!(thrown instanceof JournalLost)) throw thrown;
    }
    // Someone has the id. Past the key's time the next run of the key begins (n + 1), else it is a duplicate.
    n += 1;
    if (n > MOST_AGAIN || !(await isPast(run, trigger, world))) return null;
    run = runIdOf(flow.plan.id, candidate.identity, n, candidate.redrives, candidate.lane);
    keyRun = candidate.redrives === 0 ? run : runIdOf(flow.plan.id, candidate.identity, n, 0, candidate.lane);
  }
}

async function isPast(run: string, { dedupe }: TopicTrigger, { ports }: World): Promise<boolean> {
  if (dedupe === undefined || dedupe.ttl === "forever") return false;
  const row = await ports.store.run(run);
  return row !== null && row.admittedAt <= ports.clock.now() - dedupe.ttl;
}

function begin(flow: LoadedFlow, trigger: TopicTrigger, ownCodes: ReadonlySet<string>, candidate: Candidate, { ports, commits }: World): AdmittedRun {
  const { run, keyRun, input, key, lane, message, delivery, redrives } = candidate;
  const { clock } = ports;
  const source = sourceOf(delivery, key);
  const admitted: AdmittedRun = {
    flow,
    run,
    keyRun,
    input,
    key,
    journal: commits.open(run, -1),
    admittedAt: clock.now(),
    began: clock.monotonic(),
    lane: lane === null ? null : { name: lane, releaseParked: trigger.ordering?.release === "parked" },
    from: { message, source, delivery, redrives },
    ownCodes,
  };
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, lane, null) }];
  if (lane !== null) index.push({ op: "lane.join", lane });
  const data = {
    flow: flow.plan.id,
    hash: flow.plan.hash,
    input,
    source,
    ...(lane === null ? {} : { lane }),
    ...(isWholeMessage(trigger.with) ? {} : { message }),
    ...(redrives === 0 ? {} : { redrive: { of: keyRun, count: redrives } }),
  };
  admitted.journal.append("run.admitted", null, data, index);
  return admitted;
}
