import type { Diagnostic } from "../../core/diagnostic.js";
import type { OutputFormat } from "../format/formats.js";
import { formatGithub } from "../format/github.js";
import { formatJson } from "../format/json.js";
import { formatJunit } from "../format/junit.js";
import type { Sources } from "../format/place.js";
import { formatSarif } from "../format/sarif.js";
import { formatText } from "../format/text.js";

export function formatDiagnostics(format: OutputFormat, diagnostics: readonly Diagnostic[], sources: Sources, colour: boolean): string {
  switch (format) {
    case "text":
      return formatText(diagnostics, sources, colour);
    case "json":
      return formatJson(diagnostics, sources);
    case "github":
      return formatGithub(diagnostics, sources);
    case "sarif":
      return formatSarif(diagnostics, sources);
    case "junit":
      return formatJunit(diagnostics, sources);
  }
}
