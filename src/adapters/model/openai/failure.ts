import { StepError } from "../../../core/errors.js";
import { retryAfterMs } from "../../retry-after.js";
import { NotConnected } from "./patient-fetch.js";
import { statusOf } from "./said-error.js";

/** Some servers answer an error with a whole page. */
const MOST_SAID = 500;

/** What the client throws, as the flow sees it. `clean` hides secrets: servers like to quote the key. */
export function modelFailure(error: unknown, model: string, keyHint: string, clean: (text: string) => string): StepError {
  if (error instanceof StepError) return error;
  const { status, code, isInside } = facts(error);
  const said = clean(sayings(error).join(": ")).slice(0, MOST_SAID);
  const wait = retryAfterMs(headerOf(error, "retry-after-ms"), headerOf(error, "retry-after"));
  // What broke off may be billed.
  const more = { cause: error, ...(wait === null ? {} : { retryAfterMs: wait }), ...(isInside ? { outcome: "unknown" as const } : {}) };
  if (status === null) {
    // What broke off, or nobody understands, may be billed.
    const outcome = isNotConnected(error) ? "not_applied" : "unknown";
    return new StepError("unavailable", `the model \`${model}\` cannot be reached or did not answer in its protocol: ${said}`, { ...more, outcome });
  }
  if (status < 400) return new StepError("refused", `the address of the model \`${model}\` answers with a redirect (${status}), which is not followed: check its \`base_url\``, more);
  if (status === 401 || status === 403) return new StepError("refused", `the provider does not accept the key of the model \`${model}\` (${status}): check ${keyHint}`);
  // No waiting helps against an empty account.
  if (status === 429 && code !== "insufficient_quota") return new StepError("rate_limit", `the model \`${model}\` is rate limited: ${said}`, more);
  if (status === 408 || status === 409 || status >= 500) return new StepError("unavailable", `the model \`${model}\` failed: ${said}`, more);
  return new StepError("refused", `the provider refuses the request to the model \`${model}\`: ${said}`, more);
}

/** `Connection error.` alone helps nobody: what it comes from stands in its causes. */
function sayings(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return typeof error === "string" ? [error] : [];
  const message = error.message.trim().replace(/\.$/, "");
  return [...(message === "" ? [] : [message]), ...sayings(error.cause)];
}

const isNotConnected = (error: unknown): boolean => error instanceof NotConnected || (error instanceof Error && isNotConnected(error.cause));

/** An error inside a stream, or of a response that has failed, has a code but no status: one of the server, where the code says no other. */
function facts(error: unknown): { readonly status: number | null; readonly code: unknown; readonly isInside: boolean } {
  if (typeof error !== "object" || error === null) return { status: null, code: null, isInside: false };
  const code = "code" in error ? error.code : null;
  if ("status" in error && typeof error.status === "number") return { status: error.status, code, isInside: false };
  const isInside = "error" in error && error.error !== undefined && error.error !== null;
  return { status: isInside ? (statusOf(code) ?? 500) : null, code, isInside };
}

function headerOf(error: unknown, name: string): string | null {
  if (typeof error !== "object" || error === null || !("headers" in error)) return null;
  const { headers } = error;
  if (typeof headers !== "object" || headers === null || !("get" in headers) || typeof headers.get !== "function") return null;
  const value: unknown = headers.get(name);
  return typeof value === "string" ? value : null;
}
