import { isJsonObject, type Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import type { FlowPlan, TextForm, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { HttpAnswer, HttpRequest } from "../../core/ports/http-server.js";
import { compileValidator, type SchemaIssue } from "../../schema/validator.js";
import { decode, undecodable } from "../trigger/decode.js";
import { refusal } from "./answer.js";

export type HttpTrigger = TriggerPlan & { readonly kind: "http" };

/** The message of a request, or what is wrong with it. */
export type ReadMessage = (request: HttpRequest, params: ReadonlyMap<string, string>) => Promise<{ readonly message: Json } | HttpAnswer>;

/** The body, or where there is none the query, with the fields that stand in the path. */
export function compileMessage(plan: FlowPlan, { method, message: schema, texts }: HttpTrigger): ReadMessage {
  const validate = compileValidator(plan.schemas[schema] ?? true);
  const queried = method === "GET" || method === "DELETE";
  return async (request, params) => {
    const read = queried ? { value: fieldsOf(request.query, texts) } : await bodyOf(request);
    if ("status" in read) return read;
    const { value } = read;
    if (params.size > 0 && !isJsonObject(value)) return unfit([{ path: "", message: "the body is an object" }]);
    const fields = [...params].map(([name, text]): [string, Json] => [name, valueOf(text, texts[name])]);
    const other = fields.find(([name, field]) => isJsonObject(value) && Object.hasOwn(value, name) && value[name] !== field);
    if (other !== undefined) return unfit([{ path: other[0], message: `${other[0]} is another one in the path` }]);
    const message = isJsonObject(value) && fields.length > 0 ? Object.fromEntries([...Object.entries(value), ...fields]) : value;
    const issues = validate(message);
    return issues === null ? { message } : unfit(issues);
  };
}

const MOST_BODY = "1 MiB";

async function bodyOf({ headers, body }: HttpRequest): Promise<{ readonly value: Json } | HttpAnswer> {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") return refusal(415, "unsupported_media_type", "the body is not compressed");
  const bytes = await body();
  if (bytes === null) return refusal(413, "too_large", `the body has at most ${MOST_BODY}`);
  if (bytes.length === 0) return { value: {} };
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(headers["content-type"] ?? "")) return refusal(415, "unsupported_media_type", "the body is JSON, with `content-type: application/json`");
  try {
    return { value: decode(bytes) };
  } catch (thrown) {
    return refusal(400, "decode", undecodable(bytes, thrown));
  }
}

function fieldsOf(query: string, texts: HttpTrigger["texts"]): Json {
  const found = new Map<string, Json>();
  for (const [name, text] of new URLSearchParams(query)) {
    const form = Object.hasOwn(texts, name) ? texts[name] : undefined;
    const value = valueOf(text, form);
    const before = found.get(name);
    if (form?.list !== true && before === undefined) found.set(name, value);
    else found.set(name, [...(Array.isArray(before) ? before : before === undefined ? [] : [before]), value]);
  }
  return Object.fromEntries(found);
}

/** A text that is no JSON where JSON is meant stays text: the schema says what it should be. */
function valueOf(text: string, form: TextForm | undefined): Json {
  if (form?.as !== "json") return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** The first of its issues says what is wrong; each has its place as a JSON pointer. */
export const unfit = (issues: readonly SchemaIssue[]): HttpAnswer =>
  refusal(400, "invalid_input", issues.map(({ message }) => message).join("; "), { issues: issues.map(({ path, message }) => ({ at: pointer(path), message })) });

/** `items[3].qty` as `/items/3/qty`. */
const pointer = (path: string): string =>
  path
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
