import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Project } from "../files/project.js";
import { needSchemas } from "../wire/need-schemas.js";
import type { Finding } from "./doctor.js";
import { failing } from "./failing.js";

/** The schema registry, where a topic asks for one: whether `run` would find there what it needs. Nothing is put there. */
export async function registryFindings({ file, folder }: Project, plans: readonly FlowPlan[]): Promise<readonly Finding[]> {
  if (file === null || !plans.some(({ topics }) => Object.values(topics).some(({ encoding }) => encoding?.subject !== undefined))) return [];
  try {
    await needSchemas(plans, file.registry ?? null, folder);
    return [{ what: "registry", ok: true, says: "it has, or takes, every schema that flows emit with" }];
  } catch (error) {
    return [failing("registry", error)];
  }
}
