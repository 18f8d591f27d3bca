import type { RetryPlan } from "../../core/plan/flow-plan.js";

/** What may pass by itself, or be done by another model. */
export const TRANSIENT: readonly string[] = ["timeout", "unavailable", "rate_limit"];

/**
 * Whether a policy tries again after this error. Without `on`: what passes by itself; for a write that is not
 * idempotent only what was refused before it was looked at.
 */
export function isRetryable(retry: RetryPlan | undefined, code: string, attempt: number, repeatable: boolean): boolean {
  if (retry === undefined || (retry.max !== "forever" && attempt >= retry.max)) return false;
  return (retry.on ?? (repeatable ? TRANSIENT : ["rate_limit"])).includes(code);
}
