import type { StoreReader } from "../../../core/ports/store.js";
import type { RunId } from "../../../core/run-id.js";
import type { Database } from "../../sqlite/database.js";
import { asState } from "../journal/run-state.js";
import { type JournalSource, readEvents, type StoredEntry } from "../journal/read-events.js";
import type { Page, PageOf, Row } from "./reads.js";
import { letterOf, lockPlace, planOf, runRow, tableRow, text } from "../journal/rows.js";
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
    backlog: async () => (await survey("backlog")).map((row) => ({ flow: text(row, "flow"), running: Number(row["running"]), parked: Number(row["parked"]), incidents: Number(row["incidents"] ?? 0) })),
    lockHead: async (lock) => {
      const row = await read("lockHead", lock);
      return row === null ? null : lockPlace(row);
    },
    tableRow: async (table, key, now) => {
      const row = await read("tableRow", table, key, now);
      return row === null ? null : tableRow(row);
    },
    tableRows: async (table, { after, limit }, now) => (await read("tableRows", table, after ?? null, atMost(limit), now)).map(tableRow),
    budgets: async ({ scope, limit }) => (await read("budgets", scope ?? null, atMost(limit))).map((row) => ({ scope: text(row, "scope"), tokens: Number(row["tokens"]), usd: Number(row["usd"]) })),
    tables: async (now) => (await survey("tables", now)).map((row) => ({ table: text(row, "name"), rows: Number(row["rows"]) })),
    body: async (key) => {
      const row = await read("body", key);
      return row === null ? null : text(row, "body");
    },
    prunable: async (ended) => (await survey("prunable", ended)).flatMap((row) => {
      const state = asState(row["state"]);
      return state === "running" || state === "parked" ? [] : [{ flow: text(row, "flow"), state, runs: Number(row["runs"]) }];
    }),
  };
}

/** What SQLite takes for "all". */
export const atMost = (limit: number): number => Math.min(limit, Number.MAX_SAFE_INTEGER);

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

const entryOf = (row: Row): StoredEntry => ({ seq: Number(row["seq"]), events: text(row, "events") });
