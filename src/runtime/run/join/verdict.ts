import { StepError } from "../../../core/errors.js";
import { Raised } from "../raised.js";
import type { Ended, Race } from "./branches.js";
import type { Tally } from "./tally.js";

export interface Joined {
  readonly ended: ReadonlyMap<number, Ended>;
  /** Index of the first success in the journal; null for `all` and `settled`. */
  readonly winner: number | null;
}

/** What the join gives, or raises, when all has ended. */
export function verdict({ count, goal }: Race, { ended, decision, raised, won }: Tally): Joined {
  if (goal === "settled") return { ended, winner: null };
  if (goal === "all") {
    if (raised !== null) throw new Raised(raised.error, null, raised.unknown);
    return { ended, winner: null };
  }
  if (decision === null || !("won" in decision)) {
    throw new StepError("join", `only ${won.length} of ${count} branches succeeded, ${goal} are needed`, raised === null ? {} : { cause: raised });
  }
  const kept = decision.won.flatMap((index) => {
    const one = ended.get(index);
    return one === undefined ? [] : [[index, one] as const];
  });
  return { ended: new Map(kept.sort(([a], [b]) => a - b)), winner: decision.won[0] ?? null };
}
