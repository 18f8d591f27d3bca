import type { RetryPlan } from "../../core/plan/flow-plan.js";
import type { Random } from "../../core/ports/random.js";

/** Ms to wait after attempt `attempt` (from 1). A Retry-After is the shortest delay, also above `cap`. */
export function delayBefore(retry: RetryPlan, attempt: number, random: Random, retryAfterMs: number | undefined): number {
  const grown = retry.backoff === "constant" ? retry.initial : retry.backoff === "linear" ? retry.initial * attempt : retry.initial * 2 ** (attempt - 1);
  const capped = Math.min(grown, retry.cap);
  const delay = retry.jitter === "full" ? random.next() * capped : capped;
  return Math.max(delay, retryAfterMs ?? 0);
}
