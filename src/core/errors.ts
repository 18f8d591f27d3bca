import type { Json } from "./json.js";

/** Codes that the language itself raises. Tools' `errors` and `fail` add their own names. */
export const BUILTIN_ERROR_CODES = [
  "timeout", "unavailable", "rate_limit", "invalid_input", "invalid_output", "refused", "denied", "limit",
  "budget", "exhausted", "join", "expr", "conflict", "compensated", "unknown",
] as const;

/** What a flow's `catch` sees as `error`, and what ends a failed run. */
export interface FlowError {
  readonly code: string;
  readonly message: string;
  /** Path of the step that raised it (I6). */
  readonly step?: string;
  readonly attempts?: number;
  readonly cause?: FlowError;
  readonly data?: Json;
}

/**
 * Thrown inside the runtime and by adapters. `outcome` is I20: whether a write can have been applied.
 * `retryAfterMs` comes from Retry-After.
 */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly code: string;
  readonly outcome: "not_applied" | "unknown";
  readonly data?: Json;
  readonly retryAfterMs?: number;
  constructor(
    code: string,
    message: string,
    more: { outcome?: "not_applied" | "unknown"; data?: Json; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.outcome = more.outcome ?? "not_applied";
    if (more.data !== undefined) this.data = more.data;
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs;
  }
}

/** Infrastructure that flowctl needs is away or broken: exit 3, one sentence, no stack. */
export class InfraError extends Error {
  override readonly name = "InfraError";
  readonly code: `FC${number}`;
  readonly hint?: string;
  constructor(code: `FC${number}`, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    if (more.hint !== undefined) this.hint = more.hint;
  }
}
