import type { Clock } from "../../src/core/ports/clock.js";

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: timers fire in order of their due times, each followed by what it set off. */
  advance(ms: number): Promise<void>;
  /** Somebody sets the clock, forward or back: no time passes. */
  set(ms: number): void;
  /** Timers that are set and neither fired nor cancelled. */
  pending(): number;
}

/** Time stands still until `advance`; turns of the loop are real. */
export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start;
  let ahead = 0;
  let timers: { readonly due: number; readonly fire: () => void }[] = [];
  return {
    now: () => now + ahead,
    set(ms) {
      ahead += ms;
    },
    monotonic: () => now - start,
    after(ms, fire) {
      const timer = { due: now + Math.max(ms, 0), fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    soon: (run) => process.nextTick(run),
    nextTurn: (run) => void setImmediate(run),
    pending: () => timers.length,
    async advance(ms) {
      const end = now + ms;
      await turns();
      for (;;) {
        const next = timers.filter((one) => one.due <= end).sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        timers = timers.filter((one) => one !== next);
        now = Math.max(now, next.due);
        next.fire();
        await turns();
      }
      now = end;
      await turns();
    },
  };
}

/** Lets everything that needs no timer go on: two turns of the loop (I44). */
export async function turns(count = 2): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
