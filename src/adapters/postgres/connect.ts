import pg from "pg";

/** A connection of its own. One that fails halfway, as where a password is missing, is closed here: the driver leaves it open, and an open one holds the process. */
export async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // What breaks it later is heard of by who asks next.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (thrown) {
    client.connection.stream.destroy();
    throw thrown;
  }
}
