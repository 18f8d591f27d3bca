import type { Again } from "../../core/event.js";
import type { Path, RunId } from "../../core/run-id.js";
import { collect } from "../collect.js";
import { patiently, Stopped } from "../patience.js";
import type { RunContext } from "../run/context.js";
import { childrenAfter } from "./children.js";
import type { Reading } from "./earlier.js";
import { plainPath, renewedIn } from "./renewed.js";

/** What the journals of earlier runs of the same message say. */
export interface Before {
  /** The runs that their steps have started, by their steps' paths, the last first. */
  readonly children: ReadonlyMap<Path, readonly RunId[]>;
  /** When a tool first got a key, by key. */
  readonly sent: ReadonlyMap<string, number>;
  /** Of a run before the last one there is nothing left to read. */
  readonly lost: RunId | null;
}

/** What a run that comes after others knows of them (I17). Their journals are read once, when the first step asks. */
export function afterOthers(again: Again, reading: Reading): Pick<RunContext, "renewed" | "againOf" | "firstSent"> {
  let reads: Promise<Before> | null = null;
  // A runtime that is closed begins nothing any more.
  const before = (): Promise<Before> => (reads ??= readBefore(again.after, reading).catch((thrown: unknown): Promise<never> => (thrown instanceof Stopped ? new Promise(() => undefined) : Promise.reject(thrown))));
  return {
    renewed: renewedIn(again),
    againOf: childrenAfter(before, reading),
    async firstSent(key) {
      const { sent, lost } = await before();
      return sent.get(key) ?? (lost === null ? null : 0);
    },
  };
}

async function readBefore(last: RunId, { ports, stopped }: Reading): Promise<Before> {
  const children = new Map<Path, RunId[]>();
  const sent = new Map<string, number>();
  for (let run: RunId | undefined = last; run !== undefined; ) {
    const id: RunId = run;
    const events = await patiently(ports.clock, stopped, () => collect(ports.store.read(id, 0)));
    const [first] = events;
    if (first?.type !== "run.admitted") return { children, sent, lost: id };
    for (const { type, path = "", data, at } of events) {
      if (type === "step.started" && data.key !== undefined) sent.set(data.key, Math.min(at, sent.get(data.key) ?? at));
      if (type !== "step.dispatched") continue;
      const step = plainPath(path);
      children.set(step, [...(children.get(step) ?? []), data.child]);
    }
    const { redrive, parent } = first.data;
    // One of an older version has told only which was the first.
    run = (redrive?.again ?? parent?.again)?.after ?? redrive?.of ?? parent?.keys;
  }
  return { children, sent, lost: null };
}
