import type { RunEvent } from "../../../core/event.js";
import type { RunId } from "../../../core/run-id.js";
import { decodeEntry, outputIn, type Repeat } from "./entry.js";
import type { JournalSource } from "./read-events.js";

/** What stands in one place of a run's journal and is meant in others: large values, and outputs that later events repeat. */
export interface SharedValues {
  /** Large values are put in their places. */
  fillBlobs(repeats: readonly Repeat[]): Promise<void>;
  /** What repeats an earlier output, which is whole by then. */
  fillOutputs(repeats: readonly Repeat[]): Promise<void>;
  /** Of an entry of so many characters that was read. */
  keepOutputs(events: readonly RunEvent[], characters: number): void;
}

/** Characters that one reader holds back: a run may have more of them than there is memory. What is no more held is read again. */
const MOST = 32 * 1024 * 1024;

export function createSharedValues(source: Pick<JournalSource, "entry" | "blob">, run: RunId): SharedValues {
  const held = createHeld(MOST);
  /** An output that is a blob keeps that alive. */
  const large = new WeakMap<object, number>();

  async function blob(hash: string): Promise<unknown> {
    const found = held.get(hash);
    if (found !== undefined) return found;
    const json = await source.blob(hash);
    if (json === null) throw new Error(`the value ${hash} of the journal is not in the database`);
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null) large.set(value, json.length);
    return held.put(hash, value, json.length);
  }

  async function fillBlobs(repeats: readonly Repeat[]): Promise<void> {
    for (const { data, name, from } of repeats) if ("blob" in from) data[name] = await blob(from.blob);
  }

  /** Its neighbours will be asked for next: all outputs of an entry are kept. An output itself repeats nothing but a blob. */
  async function output(seq: number): Promise<unknown> {
    const found = held.get(seq);
    if (found !== undefined) return found;
    const entry = await source.entry(run, seq);
    if (entry === null) return undefined;
    const { seq: first, events: json } = entry;
    const { events, repeats } = decodeEntry(json, run, first);
    await fillBlobs(repeats);
    keepOutputs(events, json.length);
    return outputIn(events[seq - first]);
  }

  function keepOutputs(events: readonly RunEvent[], characters: number): void {
    for (const event of events) {
      const value = outputIn(event);
      if (typeof value === "object" && value !== null) held.put(event.seq, value, large.get(value) ?? Math.ceil(characters / events.length));
    }
  }

  return {
    fillBlobs,
    async fillOutputs(repeats) {
      for (const { data, name, from } of repeats) if ("seq" in from) data[name] = await output(from.seq);
    },
    keepOutputs,
  };
}

interface Held {
  get(key: string | number): unknown;
  put(key: string | number, value: unknown, characters: number): unknown;
}

/** Those that were put or asked for last, in two generations: the older one goes as a whole, for a Map is slow to find its first key behind many deleted ones. */
function createHeld(most: number): Held {
  let older = new Map<string | number, Value>();
  let newer = new Map<string | number, Value>();
  let characters = 0;
  const put = (key: string | number, value: Value): unknown => {
    if (characters > most / 2) {
      older = newer;
      newer = new Map();
      characters = 0;
    }
    newer.set(key, value);
    characters += value.characters;
    return value.value;
  };
  return {
    get(key) {
      const found = newer.get(key);
      if (found !== undefined) return found.value;
      const old = older.get(key);
      return old === undefined ? undefined : put(key, old);
    },
    put: (key, value, more) => put(key, { value, characters: more }),
  };
}

interface Value {
  readonly value: unknown;
  readonly characters: number;
}
