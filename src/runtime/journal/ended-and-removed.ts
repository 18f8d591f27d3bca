import type { CommitItem, Store } from "../../core/ports/store.js";

/**
 * Whether an item that is in conflict was committed by an earlier try: it ended its run, which was removed (`runs purge`)
 * before it was asked again. A run's first item cannot be told from one of a message that comes once more.
 */
export const endedAndRemoved = async ({ run, expectedSeq, events }: CommitItem, store: Store): Promise<boolean> =>
  expectedSeq >= 0 && events.at(-1)?.type === "run.finished" && (await store.run(run)) === null && (await store.admittedAt(run)) !== null;
