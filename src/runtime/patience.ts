import { InfraError } from "../core/errors.js";
import type { Clock } from "../core/ports/clock.js";

const FIRST_MS = 50;
const LONGEST_MS = 2000;

/** The runtime was closed while the store was away. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Until the store answers: one that is away delays a run and never fails it. Rejects with Stopped, and for what no waiting mends. */
export async function patiently<T>(clock: Clock, stopped: () => boolean, act: () => Promise<T>): Promise<T> {
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, LONGEST_MS)) {
    try {
      return await act();
    } catch (thrown) {
      if (thrown instanceof InfraError || thrown instanceof TypeError) throw thrown;
      if (stopped()) throw new Stopped();
      await new Promise<void>((resolve) => void clock.after(delay, resolve));
      if (stopped()) throw new Stopped();
    }
  }
}
