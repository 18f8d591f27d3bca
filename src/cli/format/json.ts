import type { Code, Diagnostic, Severity } from "../../core/diagnostic.js";
import { type Place, placesOf, type Sources } from "./place.js";
import { jsonText } from "./json-text.js";

/** A diagnostic for programs: lines and columns count from 1, the end is exclusive. */
export interface LocatedDiagnostic extends Place {
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence. */
  readonly message: string;
  readonly file: string;
  /** What to do. */
  readonly hint?: string;
  readonly related: readonly (Place & { readonly message: string; readonly file: string })[];
  /** The text that mends it, in the place of what stands there. */
  readonly fix?: Place & { readonly text: string };
}

/** A list that programs read, for example a coding agent that applies the fixes. */
export const formatJson = (diagnostics: readonly Diagnostic[], sources: Sources): string => `${jsonText(locate(diagnostics, sources), 2)}\n`;

export function locate(diagnostics: readonly Diagnostic[], sources: Sources): readonly LocatedDiagnostic[] {
  const places = placesOf(sources);
  return diagnostics.map(({ code, severity, message, span, related, hint, fix }) => ({
    code,
    severity,
    message,
    file: span.file,
    ...places.place(span),
    ...(hint === undefined ? {} : { hint }),
    related: related.map((note) => ({ message: note.message, file: note.span.file, ...places.place(note.span) })),
    ...(fix === undefined ? {} : { fix: { ...places.place(fix.span), text: fix.text } }),
  }));
}
