import type { Type } from "../type.js";
import type { Mismatch } from "./assign.js";

/** What is known of pairs of types within one comparison: each is looked at once, however many ways lead to it. */
export interface Pairs {
  once(from: Type, to: Type, compare: () => Mismatch | null): Mismatch | null;
}

interface Known {
  mismatch: Mismatch | null;
  /** The outermost pair, by its depth, without which it would not be known; null: it holds by itself. */
  because: number | null;
}

/**
 * A pair that is met again while it is being compared fits, if nothing else speaks against it (recursive types). What
 * fits only because of that is forgotten where that pair does not fit after all; what does not fit never does.
 */
export function pairs(): Pairs {
  const known = new Map<Type, Map<Type, Known>>();
  /** Pairs that fit because one around them is taken to. */
  const assumed: { readonly row: Map<Type, Known>; readonly to: Type; readonly own: Known }[] = [];
  let depth = 0;
  let because = Infinity;
  return {
    once(from, to, compare) {
      const row = known.get(from) ?? new Map<Type, Known>();
      known.set(from, row);
      const old = row.get(to);
      if (old !== undefined) {
        because = Math.min(because, old.because ?? Infinity);
        return old.mismatch;
      }
      const at = depth;
      const around = because;
      const since = assumed.length;
      const own: Known = { mismatch: null, because: at };
      row.set(to, own);
      because = Infinity;
      depth += 1;
      own.mismatch = compare();
      depth -= 1;
      own.because = own.mismatch === null && because < at ? because : null;
      if (own.because !== null) assumed.push({ row, to, own });
      else {
        for (const one of assumed.splice(since)) {
          if (own.mismatch === null) one.own.because = null;
          else one.row.delete(one.to);
        }
      }
      because = Math.min(around, own.because ?? Infinity);
      return own.mismatch;
    },
  };
}
