import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import { isSecretSet } from "../files/secrets.js";
import { placeOf } from "./place-of.js";

/** Secrets that flows need and that are not set here: a warning, for flows are checked where they do not run. */
export function unsetSecrets({ flows, project, sources }: CompiledFlows): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { plan, file } of flows) {
    for (const secret of plan?.binding.secrets ?? []) {
      const name = `${secret.secret}:${secret.name}`;
      if (found.has(name) || isSecretSet(secret, project.folder)) continue;
      found.set(name, report("FC6001", placeOf(`\${${name}}`, file, sources), `The secret \`${name}\` is not set here`, { hint: "`run` needs it; a profile may do without" }));
    }
  }
  return [...found.values()];
}
