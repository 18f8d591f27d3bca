import { nextTurn } from "../../core/elapse.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Frame } from "./frame.js";
import { throwIfCancelled } from "./scope.js";

/** A long loop holds the process for this long at most. */
const SLICE_MS = 8;
/** Passes between two looks at the clock. */
const PASSES = 64;

/** To be called after each pass of a long loop: lets the process do other work now and then. */
export function slices(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonic();
  let passes = 0;
  const pause = async (): Promise<void> => {
    await nextTurn(clock);
    since = clock.monotonic();
  };
  return () => {
    passes += 1;
    return passes % PASSES !== 0 || clock.monotonic() - since < SLICE_MS ? undefined : pause();
  };
}

/** The same for a loop that ends when it is cancelled. */
export function breather({ run, scope }: Frame): () => Promise<void> | undefined {
  const slice = slices(run.ctx.ports.clock);
  return () => slice()?.then(() => throwIfCancelled(scope));
}
