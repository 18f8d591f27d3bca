import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { similar } from "../../core/typing/similar.js";
import type { CompiledFlow } from "../../compiler/compile.js";
import type { Project } from "./project.js";

/** Models of the project that no flow has, and that are nearly called like one which stays as it is: in a profile `offline` that one would be asked for real. */
export function idleModels({ file }: Project, flows: readonly CompiledFlow[]): readonly Diagnostic[] {
  const named = new Set<string>();
  for (const { plan } of flows) {
    // What the others have is not known.
    if (plan === null) return [];
    for (const name of Object.keys(plan.models)) named.add(name);
  }
  const models = file?.models ?? [];
  const left = [...named].filter((one) => models.every(({ name }) => name.value !== one));
  return models.flatMap(({ name: { value, span } }) => {
    const near = named.has(value) ? null : similar(value, left);
    return near === null ? [] : [report("FC3017", span, `No flow has a model \`${value}\`, so this changes nothing`, { hint: `did you mean \`${near}\`?`, fix: { span, text: near } })];
  });
}
