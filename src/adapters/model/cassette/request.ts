import type { JsonObject } from "../../../core/json.js";
import type { ModelPlan } from "../../../core/plan/flow-plan.js";
import type { ModelMessage, ModelRequest } from "../../../core/ports/model.js";

/** All that decides what a model answers, as data. Who asks, and when, is no part of it; keys, headers and addresses neither. */
export const recordedRequest = (plan: ModelPlan, request: ModelRequest): JsonObject => ({ ...settings(plan), ...asked(request) });

/** Where its answers come from is no setting of a model. */
const SOURCES = new Set(["answers", "file"]);

function settings({ model, temperature, maxTokens, options }: ModelPlan): JsonObject {
  const more = Object.entries(options).filter(([name]) => !SOURCES.has(name));
  return {
    model,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(more.length === 0 ? {} : { options: Object.fromEntries(more) }),
  };
}

function asked({ messages, tools, output }: ModelRequest): JsonObject {
  return {
    messages: messages.map(messageJson),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ ...tool })) }),
    ...(output === undefined ? {} : { output: { ...output } }),
  };
}

function messageJson(message: ModelMessage): JsonObject {
  if (message.role === "tool") return { role: message.role, call_id: message.callId, text: message.text };
  if (message.role !== "assistant" || message.toolCalls.length === 0) return { role: message.role, text: message.text };
  return { role: message.role, text: message.text, tool_calls: message.toolCalls.map((call) => ({ ...call })) };
}
