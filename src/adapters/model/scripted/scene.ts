import { isJsonObject, type Json } from "../../../core/json.js";
import type { ModelMessage } from "../../../core/ports/model.js";
import { pathOf, type Condition } from "./script.js";

/** What conditions and `{{…}}` see: the agent's input, and by name what its tools answered last. */
export interface Scene {
  readonly input: Json;
  readonly tools: Json;
}

export function sceneOf(input: Json, messages: readonly ModelMessage[]): Scene {
  const calls = new Map<string, string>();
  const tools = new Map<string, Json>();
  for (const message of messages) {
    if (message.role === "assistant") for (const call of message.toolCalls) calls.set(call.id, call.name);
    if (message.role === "tool") tools.set(calls.get(message.callId) ?? message.callId, jsonOrText(message.text));
  }
  return { input, tools: Object.fromEntries(tools) };
}

export const holds = (when: readonly Condition[], scene: Scene): boolean =>
  when.every(({ path, accepts }) => {
    const value = read(scene, path) ?? null;
    return accepts.some((accepted) => (typeof accepted === "string" ? contains(value, accepted) : value === accepted));
  });

const contains = (value: Json, text: string): boolean =>
  value !== null && asText(value).toLowerCase().includes(text.toLowerCase());

/** Data with its `{{…}}` filled in. A hole that names nothing is left as it stands, so that it is seen. */
export function fill(data: Json, scene: Scene): Json {
  if (typeof data === "string") return fillText(data, scene);
  if (Array.isArray(data)) return data.map((item: Json) => fill(item, scene));
  if (isJsonObject(data)) return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, fill(value, scene)]));
  return data;
}

const HOLE = /\{\{([^{}]+)\}\}/g;

function fillText(text: string, scene: Scene): Json {
  const whole = /^\{\{([^{}]+)\}\}$/.exec(text)?.[1];
  if (whole !== undefined) return read(scene, pathOf(whole, text)) ?? text;
  return text.replace(HOLE, (hole, path: string) => {
    const value = read(scene, pathOf(path, text));
    return value === undefined ? hole : asText(value);
  });
}

/** By own keys only. */
function read(scene: Scene, path: readonly string[]): Json | undefined {
  let at: Json | undefined = { input: scene.input, tools: scene.tools };
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined;
  }
  return at;
}

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

function jsonOrText(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
