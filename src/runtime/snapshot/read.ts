import type { RunEvent } from "../../core/event.js";
import type { Store } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { collect } from "../collect.js";
import { NOTHING_SPENT } from "../run/history.js";
import type { Lasting } from "./lasting.js";
import { fromText } from "./text.js";

export interface Read extends Lasting {
  /** How far the snapshot reached; -1 where there was none that could be used. */
  readonly snapshot: number;
}

/** What replay needs of a journal: all, or a snapshot and what follows it. It is looked for where `every` events are there: short journals cost one question. */
export async function readLasting(run: RunId, store: Pick<Store, "read" | "snapshot">, every: number): Promise<Read> {
  const events: RunEvent[] = [];
  for await (const event of store.read(run, 0)) {
    events.push(event);
    if (events.length !== every) continue;
    const short = await behindSnapshot(run, store);
    if (short !== null) return short;
  }
  return { events, spent: NOTHING_SPENT, snapshot: -1 };
}

/** Null where there is none, or none of this journal. A failed run that went on is known from all of it (I6). */
async function behindSnapshot(run: RunId, store: Pick<Store, "read" | "snapshot">): Promise<Read | null> {
  const text = await store.snapshot(run);
  const known = text === null ? null : fromText(text);
  if (known === null) return null;
  // With its last event: a journal that does not hold that one is shorter, or another.
  const [same, ...rest] = await collect(store.read(run, known.seq));
  if (same?.seq !== known.seq || same.at !== known.at || rest.some(({ type }) => type === "run.reopened")) return null;
  return { events: [...known.events.filter(({ seq }) => seq < known.seq), same, ...rest], spent: known.spent, snapshot: known.seq };
}
