import type { Diagnostic } from "../../core/diagnostic.js";
import { placesOf, type Sources } from "./place.js";

/** A list that programs read, for example a coding agent that applies the fixes. Lines and columns count from 1. */
export function formatJson(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const places = placesOf(sources);
  const found = diagnostics.map(({ code, severity, message, span, related, hint, fix }) => ({
    code,
    severity,
    message,
    file: span.file,
    ...places.place(span),
    ...(hint === undefined ? {} : { hint }),
    related: related.map((note) => ({ message: note.message, file: note.span.file, ...places.place(note.span) })),
    ...(fix === undefined ? {} : { fix: { ...places.place(fix.span), text: fix.text } }),
  }));
  return `${JSON.stringify(found, null, 2)}\n`;
}
