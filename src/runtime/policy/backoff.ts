import type { RetryPlan } from "../../core/plan/flow-plan.js";
import type { Random } from "../../core/ports/random.js";

/** Longer than anybody means: beyond it lie times that no clock and no store has. */
const LONGEST_MS = 366 * 86_400_000;

/** Ms to wait after attempt `attempt` (from 1). A Retry-After is the shortest delay, also above `cap`, up to a year. */
export function delayBefore(retry: RetryPlan, attempt: number, random: Random, retryAfterMs: number | undefined): number {
  const grown = retry.backoff === "constant" ? retry.initial : retry.backoff === "linear" ? retry.initial * attempt : retry.initial * 2 ** (attempt - 1);
  const capped = Math.min(grown, retry.cap);
  const delay = retry.jitter === "full" ? random.next() * capped : capped;
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_MS);
  // What a module or a cassette says may be no number of ms at all.
  return asked > delay ? asked : delay;
}
