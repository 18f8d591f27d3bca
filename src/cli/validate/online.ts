import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import { checkSchemas } from "../wire/check-schemas.js";
import { placeOf } from "./place-of.js";

/** What only the schema registry knows: whether the schemas of the flows' topics may be its next versions. */
export async function onlineProblems({ flows, project, sources }: CompiledFlows): Promise<readonly Diagnostic[]> {
  const misfits = await checkSchemas(flows.flatMap(({ plan }) => plan ?? []), project.file?.registry ?? null, project.folder);
  return misfits.map(({ topic, subject, version, level, reasons }) =>
    report("FC7001", placeOf(subject, [...sources.keys()][0] ?? "", sources), `The schema of \`${topic}\` does not go with version ${version} of \`${subject}\` (${level}): ${reasons.join("; ")}`, { hint: "fields that come or go need a default; `flowctl explain FC7001` says which way" }),
  );
}
