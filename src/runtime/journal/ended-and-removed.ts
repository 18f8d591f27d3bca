import type { CommitItem, CommitResult, Store } from "../../core/ports/store.js";

type Results = readonly (CommitResult | undefined)[];

/**
 * What became of items that were committed again: one in conflict was committed by an earlier try where that ended its
 * run, which was removed (`runs purge`) before it was asked again.
 */
export const resultsOfRetry = (items: readonly CommitItem[], results: Results, store: Store): Promise<Results> =>
  Promise.all(items.map(async (item, at) => (results[at] === "conflict" && (await endedAndRemoved(item, store)) ? "ok" : results[at])));

/** A run's first item cannot be told from one of a message that comes once more. */
const endedAndRemoved = async ({ run, expectedSeq, events }: CommitItem, store: Store): Promise<boolean> =>
  expectedSeq >= 0 && events.at(-1)?.type === "run.finished" && (await store.run(run)) === null && (await store.admittedAt(run)) !== null;
