import { elapse } from "../core/elapse.js";
import { InfraError } from "../core/errors.js";
import type { Clock } from "../core/ports/clock.js";
import { isBug } from "./is-bug.js";

const FIRST_MS = 50;
const LONGEST_MS = 2000;

/** The runtime was closed while the store or the broker was away. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** What the store or the broker said last. */
  constructor(last: unknown) {
    super("the runtime was closed", { cause: last });
  }
}

/** Until the store or the broker answers: one that is away delays a run and never fails it. Rejects with Stopped, and for what no waiting mends. */
export async function patiently<T>(clock: Clock, stopped: () => boolean, act: () => Promise<T>): Promise<T> {
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, LONGEST_MS)) {
    try {
      return await act();
    } catch (thrown) {
      if (thrown instanceof InfraError || isBug(thrown)) throw thrown;
      if (stopped()) throw new Stopped(thrown);
      await elapse(clock, delay);
      if (stopped()) throw new Stopped(thrown);
    }
  }
}
