import type pg from "pg";

/** A server that does not answer to a goodbye in this time: the way to it may be gone. */
export const GOODBYE_MS = 1000;

/** Ends a connection in order, or cuts it: one whose other side is silent would stand, and hold the process, for hours. */
export async function end(client: pg.Client): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  await client.end().catch(() => undefined);
  clearTimeout(cut);
}
