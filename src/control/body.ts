import type { IncomingMessage } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { messageOf } from "../core/message-of.js";
import { parseJson } from "../core/parse-json.js";
import { MOST_BODY } from "./protocol.js";

/** What a client sent cannot be used: one sentence, and the connection goes on. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The JSON object that a request carries; nothing is the empty one. */
export async function readBody(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.byteLength;
    if (size > MOST_BODY) throw new BadRequest(`the body is larger than ${MOST_BODY / 1024 / 1024} MB`, 413);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  const body = parsed(Buffer.concat(chunks).toString("utf8"));
  if (!isJsonObject(body)) throw new BadRequest("the body is no JSON object");
  return body;
}

function parsed(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new BadRequest(`the body is not JSON: ${messageOf(error)}`);
  }
}

export function text(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw new BadRequest(`\`${name}\` must be a string`);
  return value;
}

export const optionalText = (body: JsonObject, name: string): string | undefined => (body[name] === undefined ? undefined : text(body, name));

/** As a field, where it is there. */
export function optional<N extends string>(body: JsonObject, name: N): { readonly [K in N]?: string } {
  const value = optionalText(body, name);
  const field: { [K in N]?: string } = {};
  if (value !== undefined) field[name] = value;
  return field;
}

export function count(body: JsonObject, name: string, most: number): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new BadRequest(`\`${name}\` must be a whole number`);
  return Math.min(value, most);
}

export function choice<T extends string>(body: JsonObject, name: string, among: readonly T[]): T {
  const value = text(body, name);
  const found = among.find((one) => one === value);
  if (found === undefined) throw new BadRequest(`\`${name}\` must be one of ${among.join(", ")}`);
  return found;
}

export function list(body: JsonObject, name: string, most: number): readonly Json[] {
  const value = body[name];
  if (!Array.isArray(value)) throw new BadRequest(`\`${name}\` must be a list`);
  if (value.length > most) throw new BadRequest(`\`${name}\` holds more than ${most}`, 413);
  return value;
}

export function object(value: Json | undefined, name: string): JsonObject {
  if (!isJsonObject(value)) throw new BadRequest(`\`${name}\` must be an object`);
  return value;
}
