import type { Ended } from "../../../core/ports/store.js";
import type { Database } from "../../sqlite/database.js";
import type { Cursor } from "./prune-reads.js";
import { text } from "../journal/rows.js";

/** Rows of one transaction: commits of others wait no longer than that takes. */
const ROWS = 250;
/** Pages of 4 KB. */
const PAGES = 128;

/** Removes ended runs, `most` at the most; when that was all, also what nobody needs any more. */
export async function prune(database: Pick<Database, "survey" | "write">, ended: Ended, most: number, now: number): Promise<number> {
  let gone = 0;
  let cursor: Cursor = { finished: -Infinity, rid: 0 };
  while (gone < most) {
    const rows = await database.survey("ended", ended, cursor, Math.min(ROWS, most - gone));
    const last = rows.at(-1);
    if (last === undefined) {
      await tidy(database, now);
      break;
    }
    cursor = { finished: Number(last["finished"]), rid: Number(last["rid"]) };
    gone += await database.write("hideRuns", rows.map((row) => Number(row["rid"])), ended.before, now);
    await sweep(database);
  }
  return gone;
}

/** What a process left that ended in the middle, marks past their time, plans without runs, and pages without rows. */
async function tidy(database: Pick<Database, "survey" | "write">, now: number): Promise<void> {
  await sweep(database);
  while (await database.write("expireMarks", now, ROWS));
  while (await database.write("expireRows", now, ROWS));
  while (await database.write("expireBodies", now));
  await database.write("dropPlans", (await database.survey("unusedPlans")).map((row) => text(row, "hash")));
  await shrink(database, false);
}

/** Free pages may hold what was deleted before. */
export async function shrink(database: Pick<Database, "write">, all: boolean): Promise<void> {
  while (await database.write("shrink", PAGES, all));
}

export async function sweep(database: Pick<Database, "write">): Promise<void> {
  while (await database.write("sweepRuns", ROWS));
}
