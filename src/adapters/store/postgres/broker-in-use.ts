import type { Postgres } from "../../postgres/server.js";

/** Older layouts have the table too, and nothing in it. */
const KEY = "broker";

const NOTE = `WITH noted AS (
  INSERT INTO meta (key, value) VALUES ($1, $2)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE NOT EXISTS (SELECT 1 FROM workers WHERE until > clock_timestamp())
  RETURNING value
) SELECT coalesce((SELECT value FROM noted), (SELECT value FROM meta WHERE key = $1)) AS value`;

/**
 * What those who share the runs emit by. Who serves says what it is, unless others serve by now; who only feeds does not,
 * and is told what those did who served last: it drives their runs too.
 */
export async function brokerInUse(db: Pick<Postgres, "read" | "write">, mine: string, serves: boolean): Promise<string> {
  const [row] = serves ? await db.write(NOTE, [KEY, mine]) : await db.read("SELECT value FROM meta WHERE key = $1", [KEY]);
  const value = row?.["value"];
  return typeof value === "string" ? value : mine;
}
