import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject } from "../../core/json.js";
import { cleanJson } from "../secret/clean-json.js";
import { documentOf } from "./document.js";
import { readCassette, writeCassette } from "./file.js";
import { mergedText } from "./merge.js";
import { requestKey, type Recording } from "./recording.js";

/** Writes calls into a cassette while they are made. */
export interface Recorder extends AsyncDisposable {
  /** A call begins: equal requests are numbered in the order of their beginnings. Then its recording, or null for one that was cut off. */
  begin(call: Recording["call"], request: JsonObject): (recording: Recording | null) => void;
}

interface RecorderOptions {
  readonly path: string;
  /** Hides secrets. */
  readonly clean: (text: string) => string;
}

/** So many times as long as the last writing took, nothing is written. */
const PAUSES = 10;

/**
 * Rejects with FC6005 when the file is no cassette or cannot be written. What it holds stays line by line, but for requests
 * that are made again: their recordings take the places of the old ones. All others are appended.
 */
export async function openRecorder({ path, clean }: RecorderOptions): Promise<Recorder> {
  const old = await readCassette(path);
  const made = new Map<string, (JsonObject | null)[]>();
  let base = old;
  let written: string | null = null;
  const write = async (): Promise<void> => {
    // Another process may record into the same file: what it has written meanwhile is kept as what was there before.
    if ((await readFile(path, "utf8").catch(() => null)) !== written) base = await readCassette(path);
    const text = mergedText(base, made);
    await writeCassette(path, text);
    written = text;
  };
  if (old === null) await write();

  let dirty = false;
  let writing: Promise<void> | null = null;
  const closed = new AbortController();
  const writeAll = async (): Promise<void> => {
    while (dirty && !closed.signal.aborted) {
      dirty = false;
      const began = performance.now();
      // What cannot be written now is written with the next, or is told at the end.
      await write().catch(() => undefined);
      await pause((performance.now() - began) * PAUSES, undefined, { signal: closed.signal }).catch(() => undefined);
    }
    writing = null;
  };

  return {
    begin(call, request) {
      const key = requestKey(call, cleanJson(request, clean));
      const slots = made.get(key) ?? [];
      made.set(key, slots);
      const slot = slots.push(null) - 1;
      return (recording) => {
        if (recording === null) return;
        slots[slot] = cleanJson(documentOf(recording), clean);
        dirty = true;
        writing ??= writeAll();
      };
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      await writing;
      // A secret that was read late stands perhaps in what was recorded before.
      for (const slots of made.values()) slots.forEach((document, index) => void (slots[index] = document && cleanJson(document, clean)));
      if ([...made.values()].some((slots) => slots.some((document) => document !== null))) await write();
    },
  };
}
