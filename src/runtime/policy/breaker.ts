import { StepError } from "../../core/errors.js";
import type { Clock } from "../../core/ports/clock.js";

/** Opens after `failures` in a row; after `reset` ms one call is let through, which closes or opens it again. Per process. */
export interface Breaker {
  /** `unavailable` while it is open: the target was not called, and nothing is to be said about it. */
  enter(): StepError | null;
  succeed(): void;
  fail(): void;
  /** Says nothing about the target: the call was cancelled. Another one may try. */
  abandon(): void;
}

export function makeBreaker(name: string, { failures, reset }: { readonly failures: number; readonly reset: number }, clock: Clock): Breaker {
  let inRow = 0;
  let openedAt: number | null = null;
  let probing = false;
  return {
    enter() {
      if (openedAt === null) return null;
      const left = openedAt + reset - clock.monotonic();
      if (left > 0 || probing) {
        return new StepError("unavailable", `the breaker of \`${name}\` is open after ${failures} failures in a row`, { retryAfterMs: Math.max(left, 0) });
      }
      probing = true;
      return null;
    },
    succeed() {
      inRow = 0;
      openedAt = null;
      probing = false;
    },
    fail() {
      inRow += 1;
      if (probing || inRow >= failures) openedAt = clock.monotonic();
      probing = false;
    },
    abandon() {
      probing = false;
    },
  };
}
