import type { StoreReader } from "../../../core/ports/store.js";
import type { RunId } from "../../../core/run-id.js";
import type { Database } from "../../sqlite/database.js";
import { type JournalSource, readEvents } from "../journal/read-events.js";
import type { Page, PageOf, Row } from "./reads.js";
import { atMost, backlogOf, budgetUse, entryOf, letterOf, lockPlace, planOf, prunableOf, runRow, tableCount, tableRow, text } from "../journal/rows.js";
import { together } from "./together.js";

/** What reading needs of a connection: in the owner's process, or beside it. */
export type Reading = Pick<Database, "read" | "survey">;

export type ReadingPart = Omit<StoreReader, typeof Symbol.asyncDispose>;

export function storeReader({ read, survey }: Reading): ReadingPart {
  const journal = source(read);
  const row = together<RunId, Row | null>((ids) => read("runsOf", ids));
  return {
    read: (run, fromSeq) => readEvents(journal, run, Math.max(fromSeq, 0)),
    run: async (run) => {
      const found = await row(run);
      return found === null ? null : runRow(found);
    },
    runs: async ({ flow, state, before, limit }) => (await read("runs", { flow: flow ?? null, state: state ?? null, before: before ?? null, limit: atMost(limit) })).map(runRow),
    runsLike: async (prefix) => (await read("runsLike", prefix)).map(runRow),
    plan: async (hash) => planOf(await read("plan", hash)),
    deadLetters: async ({ flow, id, before, limit }) => (await read("deadLetters", { flow: flow ?? null, id: id ?? null, before: before ?? null, limit: atMost(limit) })).map(letterOf),
    counts: () => survey("counts"),
    backlog: async () => (await survey("backlog")).map(backlogOf),
    lockHead: async (lock) => {
      const row = await read("lockHead", lock);
      return row === null ? null : lockPlace(row);
    },
    tableRow: async (table, key, now) => {
      const row = await read("tableRow", table, key, now);
      return row === null ? null : tableRow(row);
    },
    tableRows: async (table, { after, limit }, now) => (await read("tableRows", table, after ?? null, atMost(limit), now)).map(tableRow),
    budgets: async ({ scope, limit }) => (await read("budgets", scope ?? null, atMost(limit))).map(budgetUse),
    tables: async (now) => (await survey("tables", now)).map(tableCount),
    body: async (key) => {
      const row = await read("body", key);
      return row === null ? null : text(row, "body");
    },
    prunable: async (ended) => (await survey("prunable", ended)).flatMap(prunableOf),
  };
}

function source(read: Reading["read"]): JournalSource {
  const page = together<PageOf, Page>((asked) => read("pages", asked));
  return {
    async page(run, fromSeq) {
      const { rows, more } = await page({ run, fromSeq });
      return { rows: rows.map(entryOf), more };
    },
    async entry(run, seq) {
      const row = await read("entry", run, seq);
      return row === null ? null : entryOf(row);
    },
    async blob(hash) {
      const row = await read("blob", hash);
      return row === null ? null : text(row, "value");
    },
  };
}
