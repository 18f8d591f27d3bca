import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { InfraError } from "../../core/errors.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import { openProjectModels } from "../wire/models.js";
import { FROM_FILES } from "../wire/providers.js";
import { placeOf } from "./place-of.js";

/** Models whose script or cassette stops `run`. Nobody is asked: these answer from files. */
export async function unusableModels({ flows, project, sources }: CompiledFlows): Promise<readonly Diagnostic[]> {
  const open = openProjectModels(project.folder);
  const found = new Map<string, Diagnostic>();
  for (const { plan, file } of flows) {
    for (const [name, model] of Object.entries(plan?.models ?? {})) {
      const key = FROM_FILES.get(model.provider);
      if (plan === null || key === undefined) continue;
      const path = model.options[key];
      await open(plan, name).catch((error: unknown) => {
        if (!(error instanceof InfraError)) throw error;
        const { code, message, hint } = error;
        const problem = report(code, placeOf(typeof path === "string" ? path : null, file, sources), message.replace(/\.$/, ""), hint === undefined ? {} : { hint });
        found.set(`${problem.span.file}:${problem.span.start} ${message}`, problem);
      });
    }
  }
  return [...found.values()];
}
