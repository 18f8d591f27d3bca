import pg from "pg";
import { GOODBYE_MS } from "./end.js";
import { patienceFor } from "./patience.js";

/** Some connections that only read. What is asked for while all of them are busy goes together, in one round trip. */
export interface Readers extends AsyncDisposable {
  read<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<readonly R[]>;
}

/** On one connection, one behind the other: far from the server a start that asks for each run by itself would take longer than a lease (I11). */
const TOGETHER = 64;

interface Asked {
  readonly values: readonly unknown[];
  /** False where it was refused, or the connection broke. */
  readonly on: (client: pg.PoolClient) => Promise<boolean>;
  readonly fail: (thrown: unknown) => void;
}

/** So many connections, each made when it is needed. */
export function openReaders(config: pg.ClientConfig, connections: number): Readers {
  // The driver's own limit counts what waits for an answer before it too.
  const pool = new pg.Pool({ ...config, query_timeout: 0, pipeline: true, max: connections });
  // A connection that breaks is made anew when it is needed.
  pool.on("error", ignored);
  const open = new Set<pg.Client>();
  pool.on("connect", (client) => {
    client.on("error", ignored);
    open.add(client);
  });
  pool.on("remove", (client) => open.delete(client));
  const waiting: Asked[] = [];
  let working = 0;

  function work(): void {
    if (working === connections || waiting.length === 0) return;
    working += 1;
    void answer().finally(() => {
      working -= 1;
      work();
    });
  }

  async function answer(): Promise<void> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (thrown) {
      for (const { fail } of waiting.splice(0)) fail(thrown);
      return;
    }
    const taken = waiting.splice(0, TOGETHER);
    const { stream } = client.connection;
    const silent = setTimeout(() => void stream.destroy(), patienceFor(taken.map(({ values }) => values)));
    // Also by a part of an answer: a large one takes long over a slow link.
    const heard = (): void => void silent.refresh();
    stream.on("data", heard);
    const allWell = (await Promise.all(taken.map(({ on }) => on(client)))).every(Boolean);
    stream.off("data", heard);
    clearTimeout(silent);
    // From a server that refused one, as it is read-only now, the address may lead elsewhere.
    client.release(!allWell);
  }

  return {
    read<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<readonly R[]> {
      return new Promise((resolve, reject) => {
        const on = async (client: pg.PoolClient): Promise<boolean> => {
          try {
            resolve((await client.query<R>(query)).rows);
            return true;
          } catch (thrown) {
            reject(thrown);
            return false;
          }
        };
        waiting.push({ values: query.values ?? [], on, fail: reject });
        work();
      });
    },
    async [Symbol.asyncDispose]() {
      const goodbye = setTimeout(() => {
        for (const { connection } of open) connection.stream.destroy();
      }, GOODBYE_MS);
      await pool.end();
      clearTimeout(goodbye);
    },
  };
}

const ignored = (): void => undefined;
