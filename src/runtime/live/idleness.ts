import { InfraError } from "../../core/errors.js";
import type { Clock } from "../../core/ports/clock.js";
import { isBug } from "../is-bug.js";
import type { Signal } from "../../core/signal.js";

/** Whether a runtime has anything left to do. */
export interface Idleness {
  /** Resolves when nothing is left, or when it ends. Rejects when the runtime cannot go on. */
  reached(): Promise<void>;
}

export interface IdlenessHooks {
  readonly clock: Clock;
  readonly changes: Signal;
  /** Nothing is under way here. */
  isQuiet(): boolean;
  /** Messages that are there and not read yet. */
  lag(): Promise<number>;
  /** What is left unread stays so. Throws what the runtime failed of. */
  isOver(): boolean;
}

/** Lag is asked for again after so long, for brokers that tell late. */
const LOOK_AGAIN_MS = 100;

export function createIdleness({ clock, changes, isQuiet, lag, isOver }: IdlenessHooks): Idleness {
  let lookAgain: (() => void) | null = null;

  async function isIdle(): Promise<boolean> {
    if (!isQuiet()) return false;
    try {
      // What a run emitted meanwhile is a message again.
      return (await lag()) === 0 && isQuiet();
    } catch (thrown) {
      if (thrown instanceof InfraError || isBug(thrown)) throw thrown;
      // A broker that is away for a moment is asked again.
      return false;
    }
  }

  /** Something changed, or it is time to look again. The timer outlives the changes: there is one with every batch. */
  function change(): Promise<void> {
    lookAgain ??= clock.after(LOOK_AGAIN_MS, () => {
      lookAgain = null;
      changes.tell();
    });
    return changes.next();
  }

  return {
    async reached() {
      try {
        while (!isOver() && !(await isIdle())) await change();
      } finally {
        // It would hold the process.
        lookAgain?.();
        lookAgain = null;
      }
    },
  };
}
