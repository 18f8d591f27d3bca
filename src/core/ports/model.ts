import type { Usage } from "../event.js";
import type { Json, JsonObject } from "../json.js";
import type { Connection } from "../expression.js";
import type { ModelPlan } from "../plan/flow-plan.js";

export type ModelMessage =
  | { readonly role: "system" | "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls: readonly ToolCallRequest[] }
  | { readonly role: "tool"; readonly callId: string; readonly text: string };

/** `args` is null when the model's text was not JSON; `raw` is that text. */
export interface ToolCallRequest {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
  readonly raw?: string;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly { readonly name: string; readonly description: string; readonly schema: JsonObject | boolean }[];
  /** Asked for as structured output; the runtime validates the answer itself. */
  readonly output?: { readonly name: string; readonly schema: JsonObject | boolean };
}

export interface ModelAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCallRequest[];
  readonly usage: Usage;
  readonly finish: "stop" | "tools" | "length" | "filter";
}

/** One model of a plan, connected. Rejects with StepError: timeout unavailable rate_limit refused invalid_output. */
export interface Model {
  complete(
    request: ModelRequest,
    options: {
      readonly signal: AbortSignal;
      /** Called with each piece of text; null when nobody listens, so that the adapter need not stream. */
      readonly onText: ((text: string) => void) | null;
      /** Flow, agent and call number: what scripted models choose their answer by. */
      readonly caller: { readonly flow: string; readonly agent: string; readonly run: string; readonly path: string; readonly input: Json };
    },
  ): Promise<ModelAnswer>;
}

export interface ModelProvider {
  open(plan: ModelPlan, binding: { readonly baseUrl?: Connection; readonly apiKey?: Connection; readonly folder: string }): Promise<Model>;
}
