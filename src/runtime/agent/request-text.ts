import { canonicalJson, type Json, type JsonObject } from "../../core/json.js";
import type { ModelMessage, ModelRequest, ToolCallRequest } from "../../core/ports/model.js";

/** A request as canonical text: its hash tells on replay whether the same is asked (I34), its length what it costs at most (I36). */
export function requestText(model: string, { messages, tools, output }: ModelRequest): string {
  return canonicalJson({
    model,
    messages: messages.map(messageJson),
    tools: tools.map((tool) => ({ ...tool })),
    ...(output === undefined ? {} : { output: { ...output } }),
  });
}

function messageJson(message: ModelMessage): Json {
  return message.role === "assistant" ? { role: message.role, text: message.text, toolCalls: message.toolCalls.map(toolCallJson) } : { ...message };
}

export const toolCallJson = ({ id, name, args, raw }: ToolCallRequest): JsonObject => ({ id, name, args, ...(raw === undefined ? {} : { raw }) });
