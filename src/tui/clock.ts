import type { StoreClock } from "./store.js";

/** Real time. Nothing that it waits for keeps a process alive: the keyboard does. */
export const realClock: StoreClock = {
  now: () => Date.now(),
  after(ms, what) {
    const timer = setTimeout(what, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
