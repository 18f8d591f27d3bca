import type { Dispatcher } from "undici";
import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import { parseJson } from "../../../core/parse-json.js";
import { retryAfterMs } from "../../retry-after.js";
import { headerOf, textOf } from "./body.js";
import type { HttpToolPlan } from "./request.js";

type Response = Dispatcher.ResponseData;

/** A longer answer is not read to its end. */
export const MOST_BYTES = 5 * 1024 * 1024;

/** A body that nobody wants is read for so long, so that its connection can be used again. */
const IGNORED_MS = 1000;

export async function ignore(body: Response["body"]): Promise<void> {
  await body.dump({ limit: 128 * 1024, signal: AbortSignal.timeout(IGNORED_MS) }).catch(() => undefined);
}

/**
 * The tool's output, or a StepError whose `outcome` is I20: a typed error and another 4xx are not applied; a 5xx, a 408,
 * and a success whose answer cannot be used are unknown for a write. `what` names the call in messages.
 */
export async function toolOutput(plan: HttpToolPlan, response: Response, what: string, clean: (text: string) => string): Promise<Json> {
  const { statusCode: status } = response;
  if (status >= 200 && status < 300) return output(plan, response, what);
  const unknown = plan.effect === "write" ? "unknown" : "not_applied";
  const said = await errorText(response);
  for (const [code, { status: statuses }] of Object.entries(plan.errors)) {
    if (statuses.includes(status)) throw new StepError(code, `${what} answered ${status}`, { ...dataOf(said) });
  }
  const wait = retryAfterMs(null, headerOf(response, "retry-after"));
  const more = wait === null ? {} : { retryAfterMs: wait };
  const excerpt = clean(said.replace(/\s+/g, " ").trim()).slice(0, 200);
  const message = `${what} answered ${status}${excerpt === "" ? "" : `: ${excerpt}`}`;
  if (status === 429) throw new StepError("rate_limit", message, more);
  if (status === 408 || status >= 500) throw new StepError("unavailable", message, { ...more, outcome: unknown });
  // After a POST, 301 to 303 say that the answer lies elsewhere: the write may well have happened.
  if (status < 400) throw new StepError("refused", `${message}: a redirect that is not followed`, { outcome: status === 307 || status === 308 ? "not_applied" : unknown });
  throw new StepError("refused", message);
}

async function output(plan: HttpToolPlan, response: Response, what: string): Promise<Json> {
  const unknown = plan.effect === "write" ? "unknown" : "not_applied";
  if (plan.answer === "none") {
    // The status said that it happened: nothing that the body does changes that, also if it never ends.
    await ignore(response.body);
    return null;
  }
  const text = await textOf(response, MOST_BYTES);
  if (text === null) throw new StepError("limit", `${what} answered more than ${MOST_BYTES / 1024 / 1024} MB`, { outcome: unknown });
  if (plan.answer === "text") return text;
  try {
    const value: Json = parseJson(text);
    return value;
  } catch (cause) {
    throw new StepError("invalid_output", `${what} answered something that is not JSON`, { outcome: unknown, cause });
  }
}

/** The status decides; a body that is too long or breaks off adds nothing to it. */
async function errorText(response: Response): Promise<string> {
  try {
    return (await textOf(response, MOST_BYTES)) ?? "";
  } catch {
    return "";
  }
}

function dataOf(text: string): { data?: Json } {
  if (text === "") return {};
  try {
    const data: Json = parseJson(text);
    return { data };
  } catch {
    return { data: text };
  }
}
