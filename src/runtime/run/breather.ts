import type { Frame } from "./frame.js";
import { throwIfCancelled } from "./scope.js";

/** A long pure loop holds the process for this long at most. */
const SLICE_MS = 8;
/** Passes between two looks at the clock. */
const PASSES = 64;

/** To be called after each pass: lets the process do other work now and then, and ends what is cancelled. */
export function breather({ run, scope }: Frame): () => Promise<void> | undefined {
  const { clock } = run.ctx.ports;
  let since = clock.monotonic();
  let passes = 0;
  return () => {
    passes += 1;
    if (passes % PASSES !== 0 || clock.monotonic() - since < SLICE_MS) return undefined;
    return new Promise<void>((resolve, reject) => {
      clock.nextTurn(() => {
        since = clock.monotonic();
        try {
          throwIfCancelled(scope);
          resolve();
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  };
}
