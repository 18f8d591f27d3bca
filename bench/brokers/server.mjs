// Where the servers of the cases are, and names on them.
import { randomUUID } from "node:crypto";
import { status, up } from "../../scripts/servers/servers.mjs";

/** Messages that a loop by hand takes at once. */
export const BATCH = 1000;
export const unused = (what) => `bench-${what}-${randomUUID().slice(0, 8)}`;

/** The variable of the tests, or a server that is started when none is up. */
export async function urlOf(kind) {
  const url = process.env[`FLOWCTL_${kind.toUpperCase()}_URL`] ?? status(kind) ?? (await up(kind)).url;
  if (url === undefined) throw new Error(`there is no ${kind} here`);
  return url;
}
