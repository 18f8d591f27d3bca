import { dirname } from "node:path";
import type { ModelPlan } from "../../../core/plan/flow-plan.js";
import type { Connection } from "../../../core/expression.js";
import type { JsonObject } from "../../../core/json.js";
import { checkConnection } from "../../../expr/connection.js";
import { inherited, lineage, type Lineage } from "../../names/inherit.js";
import { find, type Declared, type Namespace } from "../../names/namespace.js";
import { unknownName } from "../../names/resolve.js";
import type { Located } from "../../shape/ast.js";
import type { ScalarNode } from "../../parse/tree.js";
import { noteReads, type Place } from "../expression.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { RUN } from "../run-type.js";
import { scopeOf } from "../scope.js";
import { toJson } from "../to-json.js";
import { missingKey } from "./missing-key.js";

/** The key in `FlowPlan.models` of a model that is named, or written `provider/model`; null after a problem. */
export function resolveModel(cx: FlowCheck, space: Namespace, name: Located<string>): string | null {
  const declared = find(space, "models", name.value);
  if (declared !== null) return declared === "unknown" ? null : modelName(cx, declared);
  const slash = name.value.indexOf("/");
  if (slash > 0 && slash < name.value.length - 1) return inlineModel(cx, name.value, slash);
  unknownName(cx.problems, space, "models", name);
  return null;
}

function inlineModel(cx: FlowCheck, text: string, slash: number): string {
  const old = cx.known.models.get(text);
  if (typeof old === "string") return old;
  const provider = text.slice(0, slash);
  const plan: ModelPlan = { provider, model: text.slice(slash + 1), api: "chat", options: {} };
  const name = cx.shared.parts.model(text, cx.owner, plan, { folder: ".", ...usualKey(cx, provider) });
  cx.known.models.set(text, name);
  return name;
}

export function modelName(cx: FlowCheck, declared: Declared<"models">): string | null {
  const old = cx.known.models.get(declared);
  if (old !== undefined) return old;
  const chain = lineage(cx.problems, declared);
  const name = chain === null ? null : addModel(cx, chain);
  cx.known.models.set(declared, name);
  return name;
}

/** The project's model of the same name is the nearest declaration; one of another provider replaces the flow's. */
function withProject(cx: FlowCheck, chain: Lineage<"models">): Lineage<"models"> {
  const [declared] = chain;
  const over = cx.shared.world.models.get(declared.name);
  if (over === undefined) return chain;
  const nearest = { ...declared, value: over };
  const provider = inherited(chain, (value) => value.provider)?.value.value;
  return over.provider === undefined || over.provider.value === provider ? [nearest, ...chain] : [nearest];
}

function addModel(cx: FlowCheck, written: Lineage<"models">): string | null {
  const chain = withProject(cx, written);
  const [declared] = chain;
  const provider = inherited(chain, (value) => value.provider)?.value.value;
  const model = inherited(chain, (value) => value.model)?.value.value;
  if (provider === undefined || model === undefined) {
    const over = cx.shared.world.models.get(declared.name);
    if (chain.length === 1 && declared.value === over) {
      cx.problems.report("FC2003", over.span, `The model \`${declared.name}\` has no \`model\`: its provider is another one than the flow's, so that it takes nothing of that one`, { hint: "add `model:`" });
    } else missingKey(cx, declared, provider === undefined ? "provider" : "model");
    return null;
  }
  const temperature = inherited(chain, (value) => value.temperature)?.value;
  const maxTokens = inherited(chain, (value) => value.maxTokens)?.value;
  const price = inherited(chain, (value) => value.price)?.value;
  const place = placeWith(cx, scopeOf({ run: RUN }));
  const apiKey = inherited(chain, (value) => value.apiKey)?.value;
  const baseUrl = inherited(chain, (value) => value.baseUrl)?.value;
  const url = baseUrl === undefined ? undefined : connection(cx, place, baseUrl);
  // A server of one's own needs no key; the provider's own does.
  const key = apiKey !== undefined ? { apiKey: connection(cx, place, apiKey) } : baseUrl === undefined ? usualKey(cx, provider) : {};
  const plan: ModelPlan = {
    provider,
    model,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    api: inherited(chain, (value) => value.api)?.value ?? "chat",
    ...(price === undefined ? {} : { price }),
    options: optionsOf(chain),
  };
  return cx.shared.parts.model(declared.name, cx.owner, plan, { folder: folderOf(chain), ...(url === undefined ? {} : { baseUrl: url }), ...key });
}

/** Folder of the file that says the provider's own options: paths in them are relative to it. */
function folderOf(chain: Lineage<"models">): string {
  const file = inherited(chain, (value) => (value.options.length > 0 ? value.span.file : undefined))?.value ?? chain[0].value.span.file;
  return dirname(file);
}

/** Each provider-specific key is a key of the declaration: overridden one by one. */
const optionsOf = (chain: Lineage<"models">): JsonObject =>
  Object.fromEntries(chain.toReversed().flatMap(({ value }) => value.options.map(({ key, value }) => [key.value, toJson(value)])));

const USUAL_KEYS: Readonly<Record<string, string>> = { openai: "OPENAI_API_KEY" };

/** `api_key` defaults to the provider's usual variable. */
function usualKey(cx: FlowCheck, provider: string): { readonly apiKey?: Connection } {
  const name = Object.hasOwn(USUAL_KEYS, provider) ? USUAL_KEYS[provider] : undefined;
  if (name === undefined) return {};
  cx.shared.parts.secret({ secret: "env", name });
  return { apiKey: [{ secret: "env", name }] };
}

/** A connection field: text, holes, and the secrets that it needs. */
export function connection(cx: FlowCheck, place: Place, node: ScalarNode): Connection {
  const checked = checkConnection(node.text, place.scope);
  cx.problems.inText(node, checked.problems);
  noteReads(place, node, checked.reads);
  for (const secret of checked.secrets) cx.shared.parts.secret(secret);
  return checked.connection;
}
