import { elapse, nextTurn } from "../../core/elapse.js";
import type { Clock } from "../../core/ports/clock.js";

const PATIENCE_MS = 5_000;
const LOOK_MS = 10;

/** Waits until what is under way is recorded, 5 s at most: what takes longer is found out when the run goes on elsewhere (I20). */
export async function drain(clock: Clock, quiet: () => boolean): Promise<void> {
  const until = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    // An answer of this turn is appended in the next one.
    for (let turn = 0; turn < 2; turn += 1) await nextTurn(clock);
    if (quiet() || clock.monotonic() >= until) return;
    await elapse(clock, LOOK_MS);
  }
}
