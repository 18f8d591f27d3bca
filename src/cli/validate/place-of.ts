import type { Span } from "../../core/diagnostic.js";
import type { Sources } from "../format/place.js";

/** Where the text stands, for what a plan keeps without its place; the flow's first line for what is written nowhere. */
export function placeOf(text: string | null, file: string, sources: Sources): Span {
  if (text !== null) {
    for (const [path, source] of [[file, sources.get(file) ?? ""] as const, ...sources]) {
      const start = source.indexOf(text);
      if (start >= 0) return { file: path, start, end: start + text.length };
    }
  }
  const source = sources.get(file) ?? "";
  const start = Math.max(source.search(/^flow[ \t]*:/m), 0);
  const end = source.indexOf("\n", start);
  return { file, start, end: end < 0 ? source.length : end };
}
