import { nextTurn } from "../../core/elapse.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createSignal } from "../../core/signal.js";

/** Deliveries between those who bring them and one reader, at the reader's pace. */
export interface Batches {
  readonly iterable: AsyncIterable<readonly Delivery[]>;
  /** Something may be there now. */
  wake(): void;
  /** The reader's next turn ends in this. */
  end(reason: Error | null): void;
}

/** `take` gives what is there for the reader now, perhaps nothing. */
export function createBatches(clock: Clock, take: () => readonly Delivery[]): Batches {
  const changed = createSignal();
  let ended: { readonly reason: Error | null } | null = null;
  return {
    iterable: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          if (ended !== null) {
            if (ended.reason !== null) throw ended.reason;
            return;
          }
          const batch = take();
          if (batch.length > 0) {
            yield batch;
            // A reader that asks before it handles this one gets what comes meanwhile in one piece.
            await nextTurn(clock);
          } else await changed.next();
        }
      },
    },
    wake: changed.tell,
    end(reason) {
      ended ??= { reason };
      changed.tell();
    },
  };
}
