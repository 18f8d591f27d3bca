import type { Database } from "./database.js";

const KEY = "broker";

/**
 * As in a store that processes share (`store/postgres/broker-in-use.ts`), of who had the file last; `mine` where nothing
 * is left of them that could emit: no open run, and no message that is not sent.
 */
export async function brokerInUse(db: Pick<Database, "read" | "write">, mine: string, serves: boolean): Promise<string> {
  const theirs = serves ? null : ((await db.read("metaOfOpen", KEY))?.["value"] ?? null);
  const isOfAnotherKind = typeof theirs === "string" && theirs.split(" ")[0] !== mine.split(" ")[0];
  if (!isOfAnotherKind) await db.write("setMeta", KEY, mine);
  return typeof theirs === "string" ? theirs : mine;
}
