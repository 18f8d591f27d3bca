import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { purge } from "../../../src/adapters/sqlite/purge.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import type { IndexOp } from "../../../src/core/ports/store.js";
import { folderWith } from "../../support/folder.js";
import { textEvent } from "./text-event.js";

const scope = (flow: string, day: string | null, key: string | null): string => JSON.stringify([flow, day, key]);

test("I36: what a key has spent goes with its purge, on every day; what others have spent, and what a call still holds back, stays", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  const spent = (of: string): IndexOp => ({ op: "budget.settle", scope: of, call: `${of}~1`, until: Infinity, tokens: 5, usd: 0.5 });
  const ann = [scope("f", null, "ann"), scope("f", "2026-01-01", "ann")];
  const others = [scope("f", null, "bob"), scope("g", null, "ann"), scope("f", "2026-01-01", null), scope("f", "ann", null)];
  const open = scope("f", "2026-01-02", "ann");
  await store.commit([{ run: "aarun", expectedSeq: -1, entryId: "e", fence: null, events: [textEvent("aarun", 0, "")], index: [...[...ann, ...others, open].map(spent), { op: "budget.hold", scope: open, call: "a~2", until: Infinity, tokens: 1, usd: 0 }] }]);
  expect(await purge(database, { flow: "f", key: "ann" }, 1)).toMatchObject({ runs: 0, budgets: 2 });
  expect((await store.budgets({ limit: 100 })).map((one) => one.scope).toSorted()).toEqual([...others, open].toSorted());
});
