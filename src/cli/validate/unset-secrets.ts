import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { SecretRef } from "../../core/expression.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import { isSecretSet } from "../files/secrets.js";
import type { Sources } from "../format/place.js";

/** Secrets that flows need and that are not set here: a warning, for flows are checked where they do not run. */
export function unsetSecrets({ flows, project, sources }: CompiledFlows): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { plan, file } of flows) {
    for (const secret of plan?.binding.secrets ?? []) {
      const name = `${secret.secret}:${secret.name}`;
      if (found.has(name) || isSecretSet(secret, project.folder)) continue;
      found.set(name, report("FC6001", placeOf(secret, file, sources), `The secret \`${name}\` is not set here`, { hint: "`run` needs it; a profile may do without" }));
    }
  }
  return [...found.values()];
}

/** Where the reference stands; the flow's first line for the variable that a provider reads by itself. */
function placeOf({ secret, name }: SecretRef, file: string, sources: Sources): Span {
  const reference = `\${${secret}:${name}}`;
  for (const [path, text] of sources) {
    const start = text.indexOf(reference);
    if (start >= 0) return { file: path, start, end: start + reference.length };
  }
  const text = sources.get(file) ?? "";
  const start = Math.max(text.search(/^flow[ \t]*:/m), 0);
  const end = text.indexOf("\n", start);
  return { file, start, end: end < 0 ? text.length : end };
}
