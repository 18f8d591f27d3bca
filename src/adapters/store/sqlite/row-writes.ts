import type { DatabaseSync } from "node:sqlite";

/** Rows past their time that are deleted with each put: more than it makes, so that they do not heap up. */
const EXPIRED = 100;

export interface StoredPut {
  readonly table: string;
  readonly key: string;
  /** Canonical JSON. */
  readonly value: string;
  readonly expected: string | null | undefined;
  readonly effect: string;
  readonly run: string;
  readonly now: number;
  readonly until: number;
}

/** What tables ask of the thread that writes. */
export function rowWrites(db: DatabaseSync) {
  const known = db.prepare("SELECT verdict FROM table_effects WHERE effect = ?");
  const find = db.prepare("SELECT value FROM table_rows WHERE name = ? AND key = ? AND until > ?");
  const put = db.prepare("INSERT INTO table_rows (name, key, at, until, value) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET at = excluded.at, until = excluded.until, value = excluded.value");
  const remember = db.prepare("INSERT INTO table_effects (effect, rid, verdict) SELECT ?, coalesce((SELECT rid FROM runs WHERE id = ?), 0), ?");
  const expire = db.prepare("DELETE FROM table_rows WHERE n IN (SELECT n FROM table_rows WHERE until < 9e999 AND until <= ? LIMIT ?)");
  return {
    putRow({ table, key, value, expected, effect, run, now, until }: StoredPut): "ok" | "conflict" {
      const before = known.get(effect)?.["verdict"];
      if (before === "ok" || before === "conflict") return before;
      const verdict = expected === undefined || (find.get(table, key, now)?.["value"] ?? null) === expected ? "ok" : "conflict";
      if (verdict === "ok") put.run(table, key, now, until, value);
      remember.run(effect, run, verdict);
      expire.run(now, EXPIRED);
      return verdict;
    },
    /** True: there may be more. */
    expireRows: (now: number, limit: number): boolean => Number(expire.run(now, limit).changes) >= limit,
  };
}
