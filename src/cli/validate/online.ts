import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import type { Sources } from "../format/place.js";
import { checkSchemas } from "../wire/check-schemas.js";

/** What only the schema registry knows: whether the schemas of the flows' topics may be its next versions. */
export async function onlineProblems({ flows, project, sources }: CompiledFlows): Promise<readonly Diagnostic[]> {
  const misfits = await checkSchemas(flows.flatMap(({ plan }) => plan ?? []), project.file?.registry ?? null, project.folder);
  return misfits.map(({ topic, subject, version, level, reasons }) =>
    report("FC7001", placeOf(subject, sources), `The schema of \`${topic}\` does not go with version ${version} of \`${subject}\` (${level}): ${reasons.join("; ")}`, { hint: "fields that come or go need a default; `flowctl explain FC7001` says which way" }),
  );
}

/** Where the subject is named. */
function placeOf(subject: string, sources: Sources): Span {
  for (const [file, text] of sources) {
    const start = text.indexOf(subject);
    if (start >= 0) return { file, start, end: start + subject.length };
  }
  return { file: [...sources.keys()][0] ?? "", start: 0, end: 0 };
}
