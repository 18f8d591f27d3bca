import type { Code, Diagnostic, Note, Span } from "../diagnostic.js";
import { entry } from "./table.js";

export interface ReportDetails {
  readonly hint?: string | undefined;
  readonly fix?: { readonly span: Span; readonly text: string } | undefined;
  readonly related?: readonly Note[] | undefined;
}

/** A diagnostic with its severity from the table. */
export function report(code: Code, span: Span, message: string, more: ReportDetails = {}): Diagnostic {
  return {
    code,
    severity: entry(code).severity,
    message,
    span,
    related: more.related ?? [],
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    ...(more.fix === undefined ? {} : { fix: more.fix }),
  };
}
