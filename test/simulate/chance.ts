import { hash } from "node:crypto";
import { seededRandom } from "../support/seeded-random.js";

/** Seeded choices. What one part of the world chooses does not move what another one does. */
export interface Chance {
  /** From 0 on, below `end`. */
  below(end: number): number;
  /** Both ends are possible. */
  between(least: number, most: number): number;
  /** True in this share of cases. */
  hit(share: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** One of these, as often as its number says. */
  weigh<T>(list: readonly (readonly [weight: number, value: T])[]): T;
}

export function createChance(seed: number, part: string): Chance {
  const random = seededRandom(Number.parseInt(hash("sha256", `${seed} ${part}`).slice(0, 8), 16));
  const below = (end: number): number => Math.floor(random.next() * end);
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    hit: (share) => random.next() < share,
    pick: (list) => list[below(list.length)] ?? list[0],
    weigh(list) {
      let left = random.next() * list.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of list) {
        left -= weight;
        if (left < 0) return value;
      }
      const [, last] = list.at(-1) ?? [];
      if (last === undefined) throw new RangeError("there is nothing to choose from");
      return last;
    },
  };
}
