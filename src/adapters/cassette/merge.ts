import type { JsonObject } from "../../core/json.js";
import { documentOf, documentText } from "./document.js";
import { HEAD, type Cassette } from "./file.js";
import { requestKey } from "./recording.js";

/** The file's text with what was recorded now, by key of the request. A document that says the same stays as it was written, comments and all. */
export function mergedText(old: Cassette | null, made: ReadonlyMap<string, readonly (JsonObject | null)[]>): string {
  const left = new Map<string, string[]>();
  for (const [key, slots] of made) {
    const documents = slots.flatMap((document) => (document === null ? [] : [documentText(document)]));
    // A call that was cut off replaces nothing.
    if (documents.length > 0) left.set(key, documents);
  }
  const kept = (old?.entries ?? []).flatMap(({ recording, text }) => {
    const mine = left.get(requestKey(recording.call, recording.request));
    if (mine === undefined) return [text];
    const first = mine.shift();
    if (first === undefined) return [];
    return [first === documentText(documentOf(recording)) ? text : first];
  });
  return [old?.head ?? HEAD, ...kept, ...[...left.values()].flat()].join("---\n");
}
