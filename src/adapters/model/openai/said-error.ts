/**
 * What a server says in the place of an answer: some send their errors with the status 200, and the one that they mean
 * inside. `otherwise` is what is told where it says nothing.
 */
export function saidError(body: unknown, otherwise: string): Error {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  if (typeof error === "string") return Object.assign(new Error(error), { error });
  if (typeof error !== "object" || error === null || !("message" in error)) return new Error(otherwise);
  return Object.assign(new Error(String(error.message)), { error, ...("code" in error ? { code: error.code } : {}) });
}

/** Codes that OpenAI gives where no status says it: in a stream, and in a response that has failed. */
const STATUSES: ReadonlyMap<unknown, number> = new Map([
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["invalid_prompt", 400],
  ["invalid_request_error", 400],
  ["context_length_exceeded", 400],
]);

/** The status that a code means: others give the number itself. Null for what says nothing. */
export function statusOf(code: unknown): number | null {
  const status = typeof code === "number" || typeof code === "string" ? Number(code) : Number.NaN;
  if (status >= 400 && status < 600) return status;
  return STATUSES.get(code) ?? null;
}

/** Nothing was answered, so nothing is billed: an error that says a status counts as one with it. */
export function noAnswer(body: unknown, missing: string): Error {
  const error = saidError(body, missing);
  const status = "code" in error ? statusOf(error.code) : null;
  return status === null ? error : Object.assign(error, { status });
}
