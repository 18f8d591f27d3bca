import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Project } from "../files/project.js";
import { isSecretSet } from "../files/secrets.js";
import { openProjectModels } from "../wire/models.js";
import type { Finding } from "./doctor.js";
import { failing } from "./failing.js";

/** Models, opened as `run` opens them: a script or a cassette may not be there. Nothing is asked of any. */
export async function modelFindings({ folder }: Project, plans: readonly FlowPlan[]): Promise<readonly Finding[]> {
  const open = openProjectModels(folder);
  const found = new Map<string, Finding>();
  for (const plan of plans) {
    // A secret that is not set is said as that.
    const opens = plan.binding.secrets.every((secret) => isSecretSet(secret, folder));
    for (const [name, { provider, model }] of Object.entries(plan.models)) {
      const says = `${name} (${provider}/${model})`;
      const finding: Finding = { what: "model", ok: true, says };
      if (found.get(says)?.ok !== false) found.set(says, opens ? await open(plan, name).then(() => finding, (error: unknown) => failing("model", error)) : finding);
    }
  }
  return [...found.values()];
}
