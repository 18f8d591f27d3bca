import { InfraError } from "../../core/errors.js";
import type { Connection } from "../../core/expression.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Model } from "../../core/ports/model.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { NO_CASSETTE, type Cassette } from "./cassette.js";
import { guardedModel } from "./guarded-model.js";
import { oncePerPlan } from "../../runtime/once-per-plan.js";
import { PROVIDERS } from "./providers.js";
import { renderConnection } from "./render-connection.js";

/** Models of plans, connected on first use. */
export function openModels(secrets: KnownSecrets, cassette: Cassette): (plan: FlowPlan, name: string) => Promise<Model> {
  return oncePerPlan(async (plan, name) => {
    const model = plan.models[name];
    const provider = model === undefined ? undefined : PROVIDERS[model.provider];
    if (model === undefined || provider === undefined) throw new InfraError("FC6003", `there is no adapter for the provider of the model \`${name}\``);
    const text = (connection: Connection): Promise<string> => renderConnection(connection, secrets)(null);
    return cassette.model(model, async () => guardedModel(await (await provider(text, secrets)).open(model, plan.binding.models[name] ?? { folder: "." }), secrets));
  });
}

/** Those of a project, without anything beside them. */
export const openProjectModels = (folder: string): ReturnType<typeof openModels> => openModels(openSecrets({ env: process.env, folder }), NO_CASSETTE);
