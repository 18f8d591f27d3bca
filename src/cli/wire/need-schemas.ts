import { openSecrets } from "../../adapters/secret/secrets.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { RegistryRef } from "../../core/registry.js";
import { openFormats } from "./formats.js";

/** Rejects as `run` would where the schemas of topics are not to be had (FC6060, FC6061); puts none into the registry. */
export async function needSchemas(plans: readonly FlowPlan[], registry: RegistryRef | null, folder: string): Promise<void> {
  await using formats = await openFormats(plans, { registry, broker: null, secrets: openSecrets({ env: process.env, folder }), folder });
  await formats.needSchemas(plans, { register: false });
}
