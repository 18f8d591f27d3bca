import type { Diagnostic } from "../../core/diagnostic.js";
import { rewriteFile } from "../files/rewrite-file.js";
import type { Sources } from "../format/place.js";

type Fix = NonNullable<Diagnostic["fix"]>;

/** Writes every fix that does not overlap another, from the end of each file to its start; gives their number. */
export function applyFixes(diagnostics: readonly Diagnostic[], sources: Sources): number {
  const byFile = new Map<string, Fix[]>();
  for (const { fix } of diagnostics) {
    if (!fix) continue;
    const known = byFile.get(fix.span.file);
    if (known) known.push(fix);
    else byFile.set(fix.span.file, [fix]);
  }
  let written = 0;
  for (const [file, fixes] of byFile) {
    const source = sources.get(file);
    if (source === undefined) continue;
    const { text, count } = fixText(source, fixes);
    rewriteFile(file, text);
    written += count;
  }
  return written;
}

function fixText(source: string, fixes: readonly Fix[]): { text: string; count: number } {
  let text = source;
  let free = source.length;
  let count = 0;
  for (const { span, text: put } of fixes.toSorted((a, b) => b.span.start - a.span.start)) {
    if (span.end > free) continue;
    text = text.slice(0, span.start) + put + text.slice(span.end);
    free = span.start;
    count++;
  }
  return { text, count };
}
