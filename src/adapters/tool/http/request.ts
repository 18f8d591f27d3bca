import { StepError } from "../../../core/errors.js";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import type { ToolPlan } from "../../../core/plan/flow-plan.js";
import type { ToolCall } from "../../../core/ports/tool.js";
import { credentialsOf, decoded } from "../../secret/credentials.js";

export type HttpToolPlan = Extract<ToolPlan, { kind: "http" }>;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. They go to the tool's own origin only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Of the address, where they do not stand any more. */
  readonly credentials: readonly string[];
}

/** Input goes into the query for GET, HEAD and DELETE, else it is the JSON body; fields of the url are not sent again. */
export function httpRequest(plan: HttpToolPlan, call: ToolCall, urlText: string, ownHeaders: Readonly<Record<string, string>>): HttpRequest {
  const method = plan.method.toUpperCase();
  const url = parsedUrl(urlText);
  const headers: Record<string, string> = {
    accept: plan.answer === "json" ? "application/json" : "*/*",
    "user-agent": "flowctl",
    "flowctl-run": call.run.id,
    "flowctl-flow": call.run.flow,
    "flowctl-path": call.run.path.replace(/[^\x20-\x7e]+/g, encodeURIComponent),
    "flowctl-attempt": String(call.attempt),
  };
  const credentials = credentialsOf(url);
  if (url.username !== "" || url.password !== "") {
    headers["authorization"] = `Basic ${Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  const input = sentInput(plan, call);
  let body: string | null = null;
  if (method === "GET" || method === "HEAD" || method === "DELETE") {
    addQuery(url, input);
  } else {
    body = JSON.stringify(input);
    headers["content-type"] = "application/json";
  }
  for (const [name, value] of Object.entries(ownHeaders)) headers[name.toLowerCase()] = value;
  if (plan.idempotency.kind === "header") headers[plan.idempotency.header.toLowerCase()] = call.key;
  return { method, url, headers, body, credentials };
}

function parsedUrl(text: string): URL {
  const url = URL.parse(text);
  // The text is not quoted: it may hold secrets.
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) throw new StepError("invalid_input", "the tool's url is not an http or https address");
  return url;
}

function sentInput({ urlFields, idempotency }: HttpToolPlan, { input, key }: ToolCall): Json {
  if (!isJsonObject(input)) return input;
  const rest: JsonObject = Object.fromEntries(Object.entries(input).filter(([name]) => !urlFields.includes(name)));
  return idempotency.kind === "field" ? { ...rest, [idempotency.field]: key } : rest;
}

/** Lists repeat their name, objects are JSON, null is left out. */
function addQuery(url: URL, input: Json): void {
  if (!isJsonObject(input)) {
    if (input !== null) throw new StepError("invalid_input", "a tool that sends its input in the query needs an object as input");
    return;
  }
  for (const [name, value] of Object.entries(input)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null) url.searchParams.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
    }
  }
}
