import type { Clock } from "./ports/clock.js";

/** Until `ms` milliseconds have passed on the clock. */
export const elapse = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

/** Until other work of the process has had its turn. */
export const nextTurn = (clock: Clock): Promise<void> => new Promise((resolve) => clock.nextTurn(resolve));
