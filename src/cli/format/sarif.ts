import { pathToFileURL } from "node:url";
import { entry } from "../../core/codes/table.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { placesOf, type Sources } from "./place.js";
import { jsonText } from "./json-text.js";

/** SARIF 2.1.0, for code scanning: rules from the table of codes, fixes as replacements. */
export function formatSarif(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const places = placesOf(sources);
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const region = (span: Span) => {
    const { line, column, endLine, endColumn } = places.place(span);
    return { startLine: line, startColumn: column, endLine, endColumn };
  };
  const location = (span: Span) => ({
    physicalLocation: { artifactLocation: { uri: uri(span.file) }, region: region(span) },
  });
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "flowctl",
            rules: codes.map((code) => {
              const { title, explain, severity } = entry(code);
              return {
                id: code,
                shortDescription: { text: title },
                fullDescription: { text: explain },
                help: { text: `flowctl explain ${code}`, markdown: explain },
                defaultConfiguration: { level: severity },
              };
            }),
          },
        },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map(({ code, severity, message, hint, span, related, fix }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: severity,
          message: { text: hint === undefined ? message : `${message} (${hint})` },
          locations: [location(span)],
          ...(related.length === 0
            ? {}
            : { relatedLocations: related.map((note, id) => ({ id, message: { text: note.message }, ...location(note.span) })) }),
          ...(fix === undefined
            ? {}
            : {
                fixes: [
                  {
                    description: { text: hint ?? message },
                    artifactChanges: [
                      {
                        artifactLocation: { uri: uri(fix.span.file) },
                        replacements: [{ deletedRegion: region(fix.span), insertedContent: { text: fix.text } }],
                      },
                    ],
                  },
                ],
              }),
        })),
      },
    ],
  };
  return `${jsonText(log, 2)}\n`;
}

/** Relative paths stay relative to the repository, as code scanning wants them. */
const uri = (file: string): string => (file.startsWith("/") ? pathToFileURL(file).href : encodeURI(file.replace(/^\.\//, "")));
