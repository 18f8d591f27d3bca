import type { TokenEvent } from "../event.js";
import type { Path } from "../run-id.js";

/** What a model call has said so far, as it streams: lossy, and kept out of the fold of events (I34). */
export interface StreamedText {
  readonly attempt: number;
  /** Its end, where it is long. */
  readonly text: string;
  /** How many pieces came. */
  readonly pieces: number;
}
export type Streams = ReadonlyMap<Path, StreamedText>;

/** Characters that are kept of one call; the whole answer is in its `model.completed`. */
const MOST_TEXT = 32_768;

/** Tokens of one run. A new attempt begins anew. */
export function foldTokens(streams: Streams, tokens: readonly TokenEvent[]): Streams {
  if (tokens.length === 0) return streams;
  const next = new Map(streams);
  for (const { path, attempt, text } of tokens) {
    const known = next.get(path);
    const before = known?.attempt === attempt ? known : { attempt, text: "", pieces: 0 };
    next.set(path, { attempt, text: (before.text + text).slice(-MOST_TEXT), pieces: before.pieces + 1 });
  }
  return next;
}
