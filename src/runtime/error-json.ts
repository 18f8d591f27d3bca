import type { FlowError } from "../core/errors.js";
import type { JsonObject } from "../core/json.js";

/** An error as data: in dead letters, undo records, and what a parent hears of a child. */
export const errorJson = ({ code, message, step, attempts, cause, data }: FlowError): JsonObject => ({
  code,
  message,
  ...(step === undefined ? {} : { step }),
  ...(attempts === undefined ? {} : { attempts }),
  ...(cause === undefined ? {} : { cause: errorJson(cause) }),
  ...(data === undefined ? {} : { data }),
});
