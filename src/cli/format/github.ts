import type { Diagnostic } from "../../core/diagnostic.js";
import { placesOf, type Sources } from "./place.js";

/** Workflow commands of GitHub Actions: each becomes an annotation on the changed line. */
export function formatGithub(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const places = placesOf(sources);
  return diagnostics
    .map(({ code, severity, message, hint, span }) => {
      const { line, column, endLine, endColumn } = places.place(span);
      // The end column is inclusive there, and only allowed within one line.
      const end = line === endLine ? `,endColumn=${Math.max(column, endColumn - 1)}` : "";
      const where = `file=${property(span.file)},line=${line},endLine=${endLine},col=${column}${end},title=${property(code)}`;
      return `::${severity} ${where}::${data(hint === undefined ? message : `${message}\n${hint}`)}\n`;
    })
    .join("");
}

/** Control characters are no part of an annotation; a line break is, written as such. */
const data = (text: string): string => text.replaceAll(/[^\P{Cc}\t\n\r]/gu, "\ufffd").replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
