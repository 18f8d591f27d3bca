import { makeRate, type Rate } from "./rate.js";

/** One rate for each key: a policy may have one for each of its customers. */
export interface Rates {
  of(key: string, limit: { readonly max: number; readonly window: number }, now: number): Rate;
}

/** So many are kept without a look at which of them still matter. */
const MANY = 1000;

export function createRates(): Rates {
  const rates = new Map<string, Rate>();
  let lookAt = MANY;

  /** Those that say no more than a new one would. As seldom as their number doubles: most of them may matter. */
  function forget(now: number): void {
    for (const [key, rate] of rates) if (rate.isIdle(now)) rates.delete(key);
    lookAt = Math.max(rates.size * 2, MANY);
  }

  return {
    of(key, { max, window }, now) {
      const known = rates.get(key);
      if (known !== undefined) return known;
      if (rates.size >= lookAt) forget(now);
      const made = makeRate(max, window);
      rates.set(key, made);
      return made;
    },
  };
}
