import type { Clock } from "./ports/clock.js";

/** Until `ms` milliseconds have passed on the clock. */
export const elapse = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
