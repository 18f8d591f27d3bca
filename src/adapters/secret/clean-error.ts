import { StepError } from "../../core/errors.js";
import { cleanJson } from "./clean-json.js";

/** The error without secrets in its message and its data; the same one where it holds none. */
export function cleanError(error: StepError, clean: (text: string) => string): StepError {
  const message = clean(error.message);
  const data = error.data === undefined ? undefined : cleanJson(error.data, clean);
  if (message === error.message && data === error.data) return error;
  return new StepError(error.code, message, { outcome: error.outcome, ...(data === undefined ? {} : { data }), ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }) });
}
