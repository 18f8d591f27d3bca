import { clauseOf } from "../core/message-of.js";
import type { Clock } from "../core/ports/clock.js";

/** A part outside that fails: what of it is told, where each try is not. */
export interface Trouble {
  failed(thrown: unknown): void;
  /** Whether it failed before. */
  over(): boolean;
}

/** Why something is away may show only when it is asked again, as that it lets this user in no more. */
const ANEW_MS = 30_000;

/** Tells why when it begins, and half a minute later where it is another reason by then. */
export function createTrouble(clock: Clock, tell: (why: string) => void): Trouble {
  let told: { readonly why: string; readonly at: number } | null = null;
  return {
    failed(thrown) {
      const why = clauseOf(thrown);
      const at = clock.monotonic();
      if (told !== null && (told.why === why || at - told.at < ANEW_MS)) return;
      told = { why, at };
      tell(why);
    },
    over() {
      const had = told !== null;
      told = null;
      return had;
    },
  };
}
