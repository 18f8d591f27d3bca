import { Document, LineCounter, parseDocument, type ScalarTag } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import type { ModelAnswer, ToolCallRequest } from "../../core/ports/model.js";
import type { RecordedError, Recording } from "./recording.js";

/** A cassette that cannot be read: one sentence, and its place, counted from 1. */
export class CassetteError extends Error {
  override readonly name = "CassetteError";
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** A recording as its document in the file, always in one order of keys. */
export function documentOf(recording: Recording): JsonObject {
  const { call, about, request, result } = recording;
  return { call, about, request, ...("error" in result ? { error: errorJson(result.error) } : resultFields(recording)) };
}

/** Its text: text of many lines as block scalars, a schema on one line. */
export function documentText(document: JsonObject): string {
  const lined = Object.entries(document).map(([key, value]) => [key, key === "request" ? withSchemasOnALine(value) : key === "usage" ? new Line(value) : written(value)]);
  return new Document(Object.fromEntries(lined), { customTags: [LINE], aliasDuplicateObjects: false }).toString({ lineWidth: 0, blockQuote: "literal" });
}

/** The recording in a document's text; null for an empty one. `firstLine` is where it begins in its file. */
export function readRecording(text: string, firstLine: number): Recording | null {
  const value = readYaml(text, firstLine);
  if (value === null) return null;
  const fail = (message: string): never => {
    throw new CassetteError(message, firstLine);
  };
  if (!isJsonObject(value)) return fail("it is no recorded call");
  const { call, about, request, error } = value;
  if (call !== "model" && call !== "http") return fail("`call` must be `model` or `http`");
  if (!isJsonObject(request)) return fail("the call has no `request`");
  const common = { about: typeof about === "string" ? about : "", request };
  if (error !== undefined) return { call, ...common, result: { error: errorOf(error) ?? fail("`error` must be `{ code, message }`") } };
  if (call === "model") return { call, ...common, result: { ok: answerOf(value) ?? fail("the call has neither an `error` nor `answer`, `usage: { in, out }` and `finish`") } };
  return { call, ...common, result: { ok: value["output"] ?? (Object.hasOwn(value, "output") ? null : fail("the call has neither `output` nor `error`")) } };
}

/** One YAML document as data. */
export function readYaml(text: string, firstLine: number): Json {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw new CassetteError(`it is no YAML: ${error.message}`, firstLine - 1 + lineCounter.linePos(error.pos[0]).line);
  try {
    // Recordings are written without aliases; with them a small file is a large value, or one that never ends.
    const value: Json = document.toJS({ maxAliasCount: 0 }) ?? null;
    return value;
  } catch (error) {
    if (error instanceof ReferenceError) throw new CassetteError("it has YAML aliases (`*name`), which a recording never has", firstLine);
    throw error;
  }
}

/** A value that is written as JSON on one line, which is YAML too. */
class Line {
  readonly json: Json;
  constructor(json: Json) {
    this.json = json;
  }
}

const LINE: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => value instanceof Line,
  resolve: (text) => text,
  stringify: ({ value }) => JSON.stringify(value instanceof Line ? value.json : value),
};

function withSchemasOnALine(request: Json): unknown {
  const line = (value: Json): unknown => {
    if (Array.isArray(value)) return value.map(line);
    return isJsonObject(value) && Object.hasOwn(value, "schema") ? { ...fieldsOf(value), schema: new Line(value["schema"] ?? null) } : written(value);
  };
  return isJsonObject(request) ? Object.fromEntries(Object.entries(request).map(([key, value]) => [key, key === "tools" || key === "output" ? line(value) : written(value)])) : request;
}

/** A block scalar loses a first line of blanks: such a text is quoted. */
function written(value: Json): unknown {
  if (typeof value === "string") return /^\s*[ \t]\r?\n/.test(value) ? new Line(value) : value;
  if (Array.isArray(value)) return value.map(written);
  return isJsonObject(value) ? fieldsOf(value) : value;
}

const fieldsOf = (value: JsonObject): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));

function resultFields(recording: Recording): JsonObject {
  if ("error" in recording.result) return {};
  if (recording.call === "http") return { output: recording.result.ok };
  const { text, toolCalls, usage, finish } = recording.result.ok;
  return { answer: text, ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map((call) => ({ ...call })) }), usage: { ...usage }, finish };
}

const errorJson = ({ retryAfterMs, ...error }: RecordedError): JsonObject => ({ ...error, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) });

function errorOf(error: Json): RecordedError | null {
  if (!isJsonObject(error)) return null;
  const { code, message, data, outcome, retry_after_ms: wait } = error;
  if (typeof code !== "string" || typeof message !== "string") return null;
  return {
    code,
    message,
    ...(data === undefined ? {} : { data }),
    ...(outcome === "unknown" ? { outcome } : {}),
    ...(typeof wait === "number" ? { retryAfterMs: wait } : {}),
  };
}

const FINISHES = ["stop", "tools", "length", "filter"] as const;

function answerOf({ answer, tool_calls: calls = [], usage, finish }: JsonObject): ModelAnswer | null {
  const { in: tokensIn, out: tokensOut } = isJsonObject(usage) ? usage : {};
  const toolCalls = Array.isArray(calls) ? calls.map(toolCallOf) : [null];
  const known = toolCalls.filter((one) => one !== null);
  const ended = FINISHES.find((one) => one === finish);
  if (typeof answer !== "string" || typeof tokensIn !== "number" || typeof tokensOut !== "number" || ended === undefined || known.length < toolCalls.length) return null;
  return { text: answer, toolCalls: known, usage: { in: tokensIn, out: tokensOut }, finish: ended };
}

function toolCallOf(call: Json): ToolCallRequest | null {
  const { id, name, args = null, raw } = isJsonObject(call) ? call : {};
  if (typeof id !== "string" || typeof name !== "string") return null;
  return { id, name, args, ...(typeof raw === "string" ? { raw } : {}) };
}
