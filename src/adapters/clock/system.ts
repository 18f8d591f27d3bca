import type { Clock } from "../../core/ports/clock.js";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => process.nextTick(run),
  nextTurn: (run) => void setImmediate(run),
};
