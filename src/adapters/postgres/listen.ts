import type pg from "pg";
import { connect } from "./connect.js";
import { end } from "./end.js";

const AGAIN_MS = 250;
/** Who only listens never sends, and would never learn that the way to the server is gone: it asks for a word so often. */
const BEAT_MS = 5000;

/** Calls `heard` with what is told on a channel; with null when some may have been missed, at first too. Connects again by itself. */
export async function listenOn(config: pg.ClientConfig, channel: string, heard: (payload: string | null) => void): Promise<AsyncDisposable> {
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function begin(): Promise<void> {
    const mine = await connect(config);
    if (closed) return await end(mine);
    client = mine;
    mine.on("notification", ({ payload }) => heard(payload ?? null));
    mine.on("end", () => {
      if (client === mine) later();
    });
    try {
      await mine.query(`LISTEN "${channel}"`);
    } catch (thrown) {
      client = null;
      await end(mine);
      throw thrown;
    }
    heard(null);
    beat(mine);
  }
  function beat(mine: pg.Client): void {
    if (!closed && client === mine) timer = setTimeout(() => void ask(mine), BEAT_MS);
  }
  async function ask(mine: pg.Client): Promise<void> {
    const cut = (): void => void mine.connection.stream.destroy();
    const late = setTimeout(cut, BEAT_MS);
    await mine.query("SELECT 1").catch(cut);
    clearTimeout(late);
    beat(mine);
  }
  function later(): void {
    client = null;
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void begin().catch(later), AGAIN_MS);
  }
  await begin();
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      if (client !== null) await end(client);
    },
  };
}
