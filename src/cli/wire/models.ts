import { InfraError } from "../../core/errors.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Model, ModelProvider } from "../../core/ports/model.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import { renderConnection } from "./render-connection.js";

/** Every provider that has an adapter; loaded when a flow needs it. */
const PROVIDERS: Readonly<Record<string, (secrets: KnownSecrets) => Promise<ModelProvider>>> = {
  async openai(secrets) {
    const { openaiProvider } = await import("../../adapters/model/openai/provider.js");
    return openaiProvider({ text: (connection) => renderConnection(connection, secrets)(null), env: process.env });
  },
  async scripted() {
    const { scriptedProvider } = await import("../../adapters/model/scripted/provider.js");
    return scriptedProvider();
  },
};
export const PROVIDER_NAMES: ReadonlySet<string> = new Set(Object.keys(PROVIDERS));

/** Models of plans, connected on first use. */
export function openModels(secrets: KnownSecrets): (plan: FlowPlan, name: string) => Promise<Model> {
  const opened = new WeakMap<FlowPlan, Map<string, Promise<Model>>>();
  const connect = async (plan: FlowPlan, name: string): Promise<Model> => {
    const model = plan.models[name];
    const provider = model === undefined ? undefined : PROVIDERS[model.provider];
    if (model === undefined || provider === undefined) throw new InfraError("FC6003", `there is no adapter for the provider of the model \`${name}\``);
    return (await provider(secrets)).open(model, plan.binding.models[name] ?? { folder: "." });
  };
  return (plan, name) => {
    const known = opened.get(plan) ?? new Map<string, Promise<Model>>();
    opened.set(plan, known);
    const model = known.get(name) ?? connect(plan, name);
    known.set(name, model);
    return model;
  };
}
