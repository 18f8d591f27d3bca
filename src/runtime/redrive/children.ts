import { StepError } from "../../core/errors.js";
import type { Again } from "../../core/event.js";
import type { Path, RunId } from "../../core/run-id.js";
import { collect } from "../collect.js";
import { patiently, Stopped } from "../patience.js";
import type { RunContext } from "../run/context.js";
import { againOf, type Cannot, type Reading } from "./earlier.js";
import { plainPath } from "./renewed.js";

/** The runs that steps of earlier runs of the same message have started, by their steps' paths, the last first. */
interface Started {
  readonly children: ReadonlyMap<Path, readonly RunId[]>;
  /** Of a run before the last one there is nothing left to read. */
  readonly lost: RunId | null;
}

/** For the steps of a run that is `after` another one (I17). Their journals are read once, when the first step asks. */
export function childrenAfter(after: RunId, reading: Reading): NonNullable<RunContext["againOf"]> {
  let known: Promise<Started> | null = null;
  return async (path, child, keys, plan) => {
    const look = async (): Promise<Again | Cannot | null> => {
      const { children, lost } = await (known ??= startedBefore(after, reading));
      const earlier = children.get(plainPath(path)) ?? [];
      return lost !== null && earlier.length === 0 ? { cannot: `the journal of run ${lost} is not kept any more` } : againOf(earlier, { run: child, keyRun: keys, plan }, reading);
    };
    // A runtime that is closed begins nothing any more.
    const again = await look().catch((thrown: unknown): Promise<never> => (thrown instanceof Stopped ? new Promise(() => undefined) : Promise.reject(thrown)));
    if (again !== null && "cannot" in again) throw new StepError("conflict", `what this step started in an earlier run of the same message is not known: ${again.cannot}`);
    return again;
  };
}

async function startedBefore(last: RunId, { ports, stopped }: Reading): Promise<Started> {
  const children = new Map<Path, RunId[]>();
  for (let run: RunId | undefined = last; run !== undefined; ) {
    const id: RunId = run;
    const events = await patiently(ports.clock, stopped, () => collect(ports.store.read(id, 0)));
    const [first] = events;
    if (first?.type !== "run.admitted") return { children, lost: id };
    for (const { type, path = "", data } of events) {
      if (type !== "step.dispatched") continue;
      const at = plainPath(path);
      children.set(at, [...(children.get(at) ?? []), data.child]);
    }
    const { redrive, parent } = first.data;
    // One of an older version has told only which was the first.
    run = (redrive?.again ?? parent?.again)?.after ?? redrive?.of ?? parent?.keys;
  }
  return { children, lost: null };
}
