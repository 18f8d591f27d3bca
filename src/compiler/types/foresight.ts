import type { LoadedDocument } from "../names/load.js";
import { withoutUnknown, type Raises } from "./raises.js";

/** What a flow raises and whether it writes, for calls of it from inside itself. */
export interface Foreseen {
  readonly raises: Raises;
  readonly writes: boolean;
}
export type Foresee = (document: LoadedDocument) => Foreseen;

const NOTHING: Foreseen = { raises: new Map(), writes: false };

/**
 * Flows of a circle raise what each raises by itself, through those that they call: the least that holds for all of them.
 * `check` looks at one, and is told of each that it leads back to what is known so far, until nothing more comes.
 */
export function foresight(check: (document: LoadedDocument, foresee: Foresee) => Foreseen): Foresee {
  const known = new Map<LoadedDocument, Foreseen>();
  return (document) => {
    const done = known.get(document);
    if (done !== undefined) return done;
    const told = new Map(known).set(document, NOTHING);
    const foresee: Foresee = (one) => {
      const found = told.get(one) ?? NOTHING;
      told.set(one, found);
      return found;
    };
    for (let more = true; more; ) {
      more = false;
      for (const [one, before] of told) {
        if (known.has(one)) continue;
        const { raises, writes } = check(one, foresee);
        const now: Foreseen = { raises: withoutUnknown(raises), writes };
        more ||= now.writes !== before.writes || now.raises.size !== before.raises.size;
        told.set(one, now);
      }
    }
    for (const [one, found] of told) known.set(one, found);
    return told.get(document) ?? NOTHING;
  };
}
