import type { InboxRow } from "../../core/ports/store.js";
import type { World } from "../world.js";
import { actOn } from "./act-on.js";

/** Runs that are asked something at the same time: of those that are not in memory each has its journal read for it. */
const AT_ONCE = 256;

/** What many runs are asked: of each in order, and none waits for what others are asked. */
export async function actOnAll(rows: readonly InboxRow[], world: World, stored: boolean): Promise<void> {
  const left = Map.groupBy(rows, ({ run }) => run).values();
  const act = async (): Promise<void> => {
    for (const ofRun of left) for (const row of ofRun) await actOn(row, world, stored);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, act));
}
