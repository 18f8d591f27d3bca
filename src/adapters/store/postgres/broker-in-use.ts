import type { Postgres } from "../../postgres/server.js";

/** Older layouts have the table too, and nothing in it. */
const KEY = "broker";

/** Its first word is the kind: one of another kind notes nothing while others serve. */
const NOTE = `WITH others AS (
  SELECT value FROM meta WHERE key = $1 AND EXISTS (SELECT 1 FROM workers WHERE until > clock_timestamp())
), noted AS (
  INSERT INTO meta (key, value) SELECT $1::text, $2::text
  WHERE NOT EXISTS (SELECT 1 FROM others WHERE split_part(value, ' ', 1) <> split_part($2::text, ' ', 1))
  ON CONFLICT (key) DO UPDATE SET value = excluded.value
) SELECT value FROM others`;

/**
 * What those who share the runs emit by, as the last of them who serves has said; `mine` where nobody does. Who serves says
 * what it is; who only feeds does not, and is told what those did who served last: it drives their runs too.
 */
export async function brokerInUse(db: Pick<Postgres, "read" | "write">, mine: string, serves: boolean): Promise<string> {
  const [row] = serves ? await db.write(NOTE, [KEY, mine]) : await db.read("SELECT value FROM meta WHERE key = $1", [KEY]);
  const value = row?.["value"];
  return typeof value === "string" ? value : mine;
}
