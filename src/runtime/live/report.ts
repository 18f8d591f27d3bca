import type { RunReport, World } from "../world.js";

/** Tells who started it by hand, once. */
export function report({ live: { callers } }: World, told: RunReport): void {
  callers.get(told.run)?.report(told);
  callers.delete(told.run);
}
