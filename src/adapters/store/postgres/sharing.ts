import type { News, Sharing } from "../../../core/ports/store.js";
import { InfraError } from "../../../core/errors.js";
import { MOST_QUEUES, poolFrom, QUEUE_SHARDS, SHARDS } from "../../../core/run-id.js";
import type { Postgres } from "../../postgres/server.js";
import { fromText, toText } from "../../postgres/text.js";
import { isCut, scopeOf } from "./keys.js";

/** `took`: called with who takes shards, before it has any. */
export function postgresSharing(db: Pick<Postgres, "schema" | "read" | "readBeside" | "write" | "listen">, took: (owner: string) => void): Sharing {
  return {
    async renew(owner, ms, pools) {
      // Neither commits nor other reads may cost the lease.
      const [row] = await db.readBeside("SELECT mine, workers, free FROM renew_share($1, $2, $3::int[])", [owner, ms, pools]);
      const workers = numbers(row?.["workers"]);
      const free = numbers(row?.["free"]);
      return { mine: numbers(row?.["mine"]), pools: pools.map((first, at) => ({ workers: workers[at] ?? 0, free: free.filter((shard) => poolFrom(first).includes(shard)) })) };
    },
    async queue(name) {
      const [row] = await db.read("SELECT first, workers FROM queue_pool($1, $2)", [toText(name), SHARDS + MOST_QUEUES * QUEUE_SHARDS]);
      const first = row?.["first"];
      if (first === null || first === undefined) throw new InfraError("FC6056", `The store has ${MOST_QUEUES} queues and sites, and there is no place for \`${name}\`.`, { hint: "Take a store of its own for some of them." });
      return { first: Number(first), workers: Number(row?.["workers"]) };
    },
    // The pool of runs that are no queue's begins at shard 0.
    serving: async () => Number((await db.read("SELECT count(*) AS n FROM workers WHERE until > clock_timestamp() AND 0 = ANY(pools)"))[0]?.["n"]),
    async take(shards, owner) {
      took(owner);
      const rows = await db.write("SELECT shard, own_shard(shard, $1, true) AS epoch FROM unnest($2::int[]) AS shard ORDER BY shard", [owner, shards]);
      return rows.flatMap((row) => (row["epoch"] === null ? [] : [{ shard: Number(row["shard"]), epoch: Number(row["epoch"]) }]));
    },
    async release(shards, owner) {
      await db.write("SELECT release_shards($1, $2::int[])", [owner, shards]);
    },
    async leave(owner) {
      await db.write("SELECT release_shards($1, NULL)", [owner]);
    },
    async reserve({ run, call, scope, tokens, usd, most }, { shard, epoch }) {
      const [row] = await db.write("SELECT held, tokens, usd FROM reserve_budget($1, $2, $3, $4, $5, $6, $7, $8, $9)", [toText(run), shard, epoch, toText(call), toText(scopeOf(scope)), tokens, usd, most.tokens ?? Infinity, most.usd ?? Infinity]);
      const held = row?.["held"];
      return typeof held === "boolean" ? { held, tokens: Number(row?.["tokens"]), usd: Number(row?.["usd"]) } : "fenced";
    },
    listen: (heard) => db.listen(`flowctl_${db.schema}`, (payload) => heard(payload === null ? null : newsOf(payload))),
  };
}

const KINDS: readonly News["kind"][] = ["runs", "inbox", "lane", "lock", "shards"];

/** Null: told by a newer version, or by something else, for whoever has the database may; whoever hears it looks at everything. */
function newsOf(payload: string): News | null {
  const [said, shard, name] = listOf(payload);
  const kind = KINDS.find((one) => one === said);
  return kind === undefined ? null : { kind, shard: Number(shard), name: typeof name === "string" && !isCut(name) ? fromText(name) : null };
}

function listOf(payload: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(payload);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const numbers = (value: unknown): readonly number[] => (Array.isArray(value) ? value.map(Number) : []);
