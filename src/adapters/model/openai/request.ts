import { AIMessage, HumanMessage, SystemMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import { parseJson } from "../../../core/parse-json.js";
import type { ModelMessage, ModelRequest, ToolCallRequest } from "../../../core/ports/model.js";
import { plainAnswer, sentSchema } from "./structured.js";

/** A request as it is sent, and how to read what comes back. */
export interface SentRequest {
  readonly messages: BaseMessage[];
  readonly tools: { type: "function"; function: { name: string; description: string; parameters: Record<string, unknown> } }[];
  readonly format: { type: "json_schema"; json_schema: { name: string; schema: Record<string, unknown>; strict: boolean } } | null;
  readonly text: (answer: string) => string;
  readonly call: (id: string, name: string, args: string) => ToolCallRequest;
}

/** `structured`: whether the schema is sent as `response_format`, or said in words to servers that do not have it. */
export function sentRequest(request: ModelRequest, structured: "json_schema" | "prompt"): SentRequest {
  const names = providerNames(request.tools.map(({ name }) => name));
  const schemas = new Map(request.tools.map(({ name, schema }) => [name, schema === true ? { schema: { type: "object" }, wrapped: false } : sentSchema(schema)]));
  const output = request.output === undefined ? null : { name: request.output.name, ...sentSchema(request.output.schema) };
  const messages = request.messages.map((message) => sentMessage(message, (call) => sentCall(call, names, schemas)));
  if (output !== null && structured === "prompt") {
    messages.unshift(new SystemMessage(`Answer with one JSON value that fits this JSON Schema, and with nothing else:\n${JSON.stringify(output.schema)}`));
  }
  return {
    messages,
    tools: request.tools.map(({ name, description }) => ({
      type: "function",
      function: { name: names.get(name) ?? name, description, parameters: { ...schemas.get(name)?.schema } },
    })),
    format:
      output === null || structured === "prompt"
        ? null
        : { type: "json_schema", json_schema: { name: providerName(output.name), schema: { ...output.schema }, strict: output.strict } },
    text: (answer) => (output === null ? answer : plainAnswer(answer, output.wrapped)),
    call: (id, sent, raw) => {
      const name = [...names].find(([, one]) => one === sent)?.[0] ?? sent;
      const args = jsonOf(raw);
      if (args === undefined) return { id, name, args: null, raw };
      return { id, name, args: schemas.get(name)?.wrapped === true && isJsonObject(args) ? (args["value"] ?? null) : args };
    },
  };
}

function sentMessage(message: ModelMessage, call: (request: ToolCallRequest) => { id: string; name: string; args: JsonObject }): BaseMessage {
  if (message.role === "tool") return new ToolMessage({ content: message.text, tool_call_id: message.callId });
  if (message.role === "assistant") {
    return new AIMessage({ content: message.text, tool_calls: message.toolCalls.map((one) => ({ ...call(one), type: "tool_call" })) });
  }
  return message.role === "system" ? new SystemMessage(message.text) : new HumanMessage(message.text);
}

/** Some servers parse the arguments of earlier calls: what was no JSON object is sent back inside one. */
function sentCall(
  { id, name, args, raw }: ToolCallRequest,
  names: ReadonlyMap<string, string>,
  schemas: ReadonlyMap<string, { readonly wrapped: boolean }>,
): { id: string; name: string; args: JsonObject } {
  const sent = schemas.get(name)?.wrapped === true ? { value: args } : args;
  return { id, name: names.get(name) ?? providerName(name), args: raw === undefined && isJsonObject(sent) ? sent : { invalid: raw ?? sent } };
}

/** Function names are `[a-zA-Z0-9_-]{1,64}` there: `lib.search` is sent as `lib_search`, a second such one as `lib_search_2`. */
function providerNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  for (const name of names) {
    const plain = providerName(name);
    let free = plain;
    for (let n = 2; [...taken.values()].includes(free); n++) free = `${plain.slice(0, 60)}_${n}`;
    taken.set(name, free);
  }
  return taken;
}

const providerName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "_";

/** No arguments at all is an empty object: some models send no text for a tool without parameters. */
function jsonOf(text: string): Json | undefined {
  if (text.trim() === "") return {};
  try {
    const value: Json = parseJson(text);
    return value;
  } catch {
    return undefined;
  }
}
