import type { Diagnostic, Span } from "../../../core/diagnostic.js";
import { report } from "../../../core/codes/report.js";
import type { Reading } from "./form.js";

export interface Journal {
  readonly at: Reading;
  readonly diagnostics: Diagnostic[];
}

/** Starts reading a document. `places` is made only when a key is out of place. */
export function startReading(what: string, anchor: Span, places: () => ReadonlyMap<string, readonly string[]>): Journal {
  const diagnostics: Diagnostic[] = [];
  return {
    diagnostics,
    at: {
      what,
      anchor,
      broken: new Set(),
      report: (code, span, message, more) => diagnostics.push(report(code, span, message.replace(/^[a-z]/, (first) => first.toUpperCase()), more)),
      elsewhere: (key) => places().get(key) ?? [],
    },
  };
}
