import type { RunEvent } from "../../../core/event.js";
import type { StoreReader } from "../../../core/ports/store.js";
import type { RunId } from "../../../core/run-id.js";
import type { Database } from "../../sqlite/database.js";
import { decodeEntry } from "./entry.js";
import { asState } from "./items.js";
import { letterOf, lockPlace, planOf, runRow, tableRow, text } from "./rows.js";
import { createSharedValues } from "./shared-values.js";

/** What reading needs of a connection: in the owner's process, or beside it. */
export type Reading = Pick<Database, "read">;

export type ReadingPart = Omit<StoreReader, typeof Symbol.asyncDispose>;

export function storeReader({ read }: Reading): ReadingPart {
  return {
    read: (run, fromSeq) => readEvents({ read }, run, Math.max(fromSeq, 0)),
    run: async (run) => {
      const row = await read("run", run);
      return row === null ? null : runRow(row);
    },
    runs: async ({ flow, state, limit }) => (await read("runs", flow ?? null, state ?? null, atMost(limit))).map(runRow),
    runsLike: async (prefix) => (await read("runsLike", prefix)).map(runRow),
    plan: async (hash) => planOf(await read("plan", hash)),
    deadLetters: async ({ flow, limit }) => (await read("deadLetters", flow ?? null, atMost(limit))).map(letterOf),
    counts: () => read("counts"),
    backlog: async () => (await read("backlog")).map((row) => ({ flow: text(row, "flow"), running: Number(row["running"]), parked: Number(row["parked"]), incidents: Number(row["incidents"] ?? 0) })),
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
    tables: async (now) => (await read("tables", now)).map((row) => ({ table: text(row, "name"), rows: Number(row["rows"]) })),
    prunable: async (ended) => (await read("prunable", ended)).flatMap((row) => {
      const state = asState(row["state"]);
      return state === "running" || state === "parked" ? [] : [{ flow: text(row, "flow"), state, runs: Number(row["runs"]) }];
    }),
  };
}

/** What SQLite takes for "all". */
export const atMost = (limit: number): number => Math.min(limit, Number.MAX_SAFE_INTEGER);

/** Page by page, so that a reader that stops for long holds no transaction. */
async function* readEvents(reading: Reading, run: RunId, fromSeq: number): AsyncGenerator<RunEvent> {
  const shared = createSharedValues(reading, run);
  for (let next = fromSeq, more = true; more; ) {
    const page = await reading.read("entries", run, next);
    more = page.more;
    for (const row of page.rows) {
      const json = text(row, "events");
      const { events, repeats } = decodeEntry(json, run, Number(row["seq"]));
      await shared.fillBlobs(repeats);
      shared.keepOutputs(events, json.length);
      await shared.fillOutputs(repeats);
      for (const event of events) {
        // The first entry of a page may begin before it.
        if (event.seq < next) continue;
        next = event.seq + 1;
        yield event;
      }
    }
  }
}
