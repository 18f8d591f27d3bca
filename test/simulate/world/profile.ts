import type { Chance } from "../chance.js";

/** What a seed's world does to the process, and how often. Each seed has some kinds of faults and not others: together they hide each other. */
export interface Profile {
  /** How often time passes while an answer is ready. */
  readonly hasty: number;
  /** Port calls that are answered at once, without a choice of their own. */
  readonly prompt: number;
  /** Of the port calls of a process: the one at which it ends, one for each crash. */
  readonly crashes: readonly number[];
  /** Crashes after which the old process goes on beside the next one (I16). */
  readonly zombies: number;
  /** Runs that somebody forks, where they stand or from their start. */
  readonly forks: number;
  /** Ended runs are removed, so often, ms; 0: never. */
  readonly prunes: number;
  /** Processes that are told to end, and after how long, ms; null: this one is not. */
  readonly ends: readonly (number | null)[];
  /** Store and bus reject: nothing happened. */
  readonly refuse: number;
  /** Store and bus reject: it happened, and the reply is lost. */
  readonly lose: number;
  /** Rejections that last. */
  readonly burst: number;
  /** The answer takes seconds. */
  readonly delay: number;
  /** What takes a run out of memory takes as long as its next timer. */
  readonly restless: number;
  /** The broker takes deliveries away and gives them again. */
  readonly rebalance: number;
  /** Events of a run between two snapshots of it (I39): far fewer than in earnest. */
  readonly snapshots: number;
  /** How far somebody sets the clock, ms: forward, and back where that is less than nothing. */
  readonly clock: readonly number[];
  /** Processes that drive the runs of the same store beside the first one (I11). */
  readonly beside: number;
  /** News of another process that comes late, as something that was missed. */
  readonly deaf: number;
  /** Tools and models. */
  readonly outside: Outside;
  /** What people and senders do. */
  readonly people: People;
}

export interface Outside {
  /** Refused before it was applied: no connection, busy. */
  readonly away: number;
  /** The tool's own error. */
  readonly typed: number;
  /** A 5xx or a broken connection, of what was applied or not. */
  readonly hidden: number;
  /** It takes longer than anybody waits; a request may arrive when nobody waits any more. */
  readonly hang: number;
  /** An answer that does not fit. */
  readonly garbled: number;
}

export interface People {
  /** Messages sent twice, by one id or as another message with the same dedupe key. */
  readonly duplicates: number;
  readonly cancels: number;
  /** Signals and replies that come before anybody waits. */
  readonly early: number;
  /** Failed runs that somebody lets go on. */
  readonly reopens: number;
  /** Dead letters that are sent again. */
  readonly redrives: number;
  /** Incidents that are skipped, not resolved by what the ledger says. */
  readonly skips: number;
}

const some = (chance: Chance, share: number, most: number): number => (chance.hit(share) ? (chance.between(1, 10) / 10) * most : 0);

export function drawProfile(chance: Chance): Profile {
  const crashes = chance.weigh([[3, 0], [4, 1], [2, 2], [1, 4]]);
  return {
    hasty: some(chance, 0.5, 0.2),
    prompt: chance.pick([0, 0.5, 0.9]),
    crashes: Array.from({ length: crashes }, () => chance.between(1, chance.pick([20, 60, 150]))),
    zombies: crashes > 0 && chance.hit(0.25) ? 1 : 0,
    refuse: some(chance, 0.3, 0.05),
    lose: some(chance, 0.3, 0.05),
    burst: some(chance, 0.2, 0.01),
    delay: some(chance, 0.3, 0.05),
    restless: some(chance, 0.3, 0.8),
    rebalance: some(chance, 0.2, 0.02),
    outside: {
      away: some(chance, 0.4, 0.3),
      typed: some(chance, 0.5, 0.3),
      hidden: some(chance, 0.4, 0.3),
      hang: some(chance, 0.3, 0.3),
      garbled: some(chance, 0.1, 0.1),
    },
    people: {
      duplicates: some(chance, 0.4, 0.5),
      cancels: some(chance, 0.3, 0.5),
      early: some(chance, 0.5, 0.8),
      reopens: some(chance, 0.3, 1),
      redrives: some(chance, 0.3, 1),
      skips: some(chance, 0.15, 0.5),
    },
    snapshots: chance.pick([3, 7, 20, 1000]),
    ends: chance.hit(0.3) ? Array.from({ length: 4 }, () => (chance.hit(0.6) ? chance.between(0, chance.pick([1_000, 20_000, 300_000])) : null)) : [],
    clock: chance.hit(0.2) ? Array.from({ length: chance.between(1, 3) }, () => chance.pick([-2_400_000, -600_000, -45_000, -1_000, 1_000, 45_000, 600_000, 2_400_000, 86_400_000])) : [],
    prunes: chance.hit(0.15) ? chance.pick([2_000, 20_000, 300_000]) : 0,
    forks: some(chance, 0.2, 0.5),
    beside: chance.weigh([[7, 0], [1, 1], [1, 2]]),
    deaf: some(chance, 0.4, 0.3),
  };
}
