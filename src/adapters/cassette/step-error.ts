import { StepError } from "../../core/errors.js";
import type { RecordedError } from "./recording.js";

export function recordedError({ code, message, data, outcome, retryAfterMs }: StepError): RecordedError {
  return {
    code,
    message,
    ...(data === undefined ? {} : { data }),
    ...(outcome === "unknown" ? { outcome } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

export const stepError = ({ code, message, ...more }: RecordedError): StepError => new StepError(code, message, more);
