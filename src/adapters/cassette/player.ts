import { StepError } from "../../core/errors.js";
import type { JsonObject } from "../../core/json.js";
import { cleanJson } from "../secret/clean-json.js";
import type { Cassette } from "./file.js";
import { missText } from "./miss.js";
import { requestKey, type Recording } from "./recording.js";

/** A cassette's calls of one kind, by what they ask, whatever their order. Throws a StepError `refused` that names the nearest recording. */
export type Player<R extends Recording> = (request: JsonObject) => R;

interface PlayerOptions<R> {
  readonly of: (recording: Recording) => recording is R & Recording;
  /** What of a request is compared. */
  readonly compared?: (request: JsonObject) => JsonObject;
  /** Hides secrets, as they are hidden in the file. */
  readonly clean: (text: string) => string;
}

/** Equal requests get their recordings in the file's order, then the last one again. */
export function openPlayer<R extends Recording>({ path, entries }: Cassette, { of, compared = (request) => request, clean }: PlayerOptions<R>): Player<R> {
  const numbered = entries.flatMap(({ recording, line }, index) => (of(recording) ? [{ number: index + 1, line, recording, request: compared(recording.request) }] : []));
  const tapes = new Map<string, { readonly recordings: R[]; given: number }>();
  for (const { recording, request } of numbered) {
    const key = requestKey(recording.call, request);
    const tape = tapes.get(key) ?? { recordings: [], given: 0 };
    tapes.set(key, tape);
    tape.recordings.push(recording);
  }
  const [call] = numbered.map(({ recording }) => recording.call);
  return (request) => {
    const asked = cleanJson(compared(request), clean);
    const tape = call === undefined ? undefined : tapes.get(requestKey(call, asked));
    const found = tape?.recordings[Math.min(tape.given, tape.recordings.length - 1)];
    if (tape === undefined || found === undefined) throw new StepError("refused", missText(path, asked, numbered));
    tape.given += 1;
    return found;
  };
}
