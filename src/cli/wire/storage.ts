import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createMemoryBus } from "../../adapters/bus/memory.js";
import { systemClock } from "../../adapters/clock/system.js";
import { createMemoryStore } from "../../adapters/store/memory.js";
import type { Database } from "../../adapters/sqlite/database.js";
import { InfraError } from "../../core/errors.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Purged, PurgeOf, TopicReader } from "../../core/ports/operator.js";
import type { Store } from "../../core/ports/store.js";
import type { Postgres } from "../../adapters/postgres/server.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import { CommandError, EXIT } from "../exit.js";
import type { StorageChoice } from "../run/choose-storage.js";
import { openPostgresRef } from "./open-postgres.js";

/** Where the runs and messages of this process are. */
export interface Storage extends AsyncDisposable {
  readonly store: Store;
  readonly bus: Bus;
  /** Erases what there is of a message key. */
  purge(of: PurgeOf): Promise<Purged>;
  /** Removes what is past its time, from now on; told is what fails again and again. */
  keepHouse(tell: (problem: string) => void): void;
  /** Null in memory: there is nothing to look back at. */
  readonly topics: TopicReader | null;
  /** What others emit by whose runs are there, `mine` where nobody has said. */
  readonly brokerInUse?: (mine: string, serves: boolean) => Promise<string>;
  /** The file that others may work on through this process, or null for what is only this process's. */
  readonly shared: { readonly path: string; setSocketPath(path: string | null): Promise<void> } | null;
}

export async function openStorage(choice: StorageChoice, secrets: KnownSecrets): Promise<Storage> {
  switch (choice.kind) {
    case "memory":
      return memory();
    case "sqlite":
      return sqlite(choice.path, choice.fresh);
    case "postgres":
      return postgres(await openPostgresRef(choice.ref, secrets, choice.folder, "serve"));
  }
}

function memory(): Storage {
  const store = createMemoryStore();
  const bus = createMemoryBus(systemClock);
  return {
    store,
    bus,
    purge: () => Promise.reject(new CommandError(EXIT.infrastructure, "what is in memory goes with its process")),
    keepHouse: () => undefined,
    topics: null,
    shared: null,
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Its messages are a broker's, or end with the process. */
async function postgres(database: Postgres): Promise<Storage> {
  const [{ createHousekeeping }, { createPostgresStore }, { purge }, { brokerInUse }] = await Promise.all([
    import("../../adapters/store/housekeeping.js"),
    import("../../adapters/store/postgres.js"),
    import("../../adapters/store/postgres/purge.js"),
    import("../../adapters/store/postgres/broker-in-use.js"),
  ]);
  const store = createPostgresStore(database);
  const bus = createMemoryBus(systemClock);
  const housekeeping = createHousekeeping(store, systemClock);
  return {
    store,
    bus,
    purge: (of) => purge(database, of, systemClock.now()),
    keepHouse: housekeeping.start,
    topics: null,
    brokerInUse: (mine, serves) => brokerInUse(database, mine, serves),
    shared: null,
    async [Symbol.asyncDispose]() {
      housekeeping.close();
      await using stack = new AsyncDisposableStack();
      for (const part of [database, store, bus]) stack.use(part);
    },
  };
}

async function sqlite(path: string, fresh: boolean): Promise<Storage> {
  const [{ createHousekeeping }, { trimTopics }, { purge }, { brokerInUse }, { createSqliteStore }, { createEmbeddedBus }] = await Promise.all([
    import("../../adapters/store/housekeeping.js"),
    import("../../adapters/bus/embedded/retention.js"),
    import("../../adapters/sqlite/purge.js"),
    import("../../adapters/sqlite/broker-in-use.js"),
    import("../../adapters/store/sqlite.js"),
    import("../../adapters/bus/embedded.js"),
  ]);
  const database = await openPatiently(path);
  const store = createSqliteStore(database);
  const bus = createEmbeddedBus(database, systemClock);
  const housekeeping = createHousekeeping(store, systemClock, (now, closed) => trimTopics(database, now, closed));
  return {
    store,
    bus,
    purge: (of) => purge(database, of, systemClock.now()),
    keepHouse: housekeeping.start,
    topics: bus,
    brokerInUse: (mine, serves) => brokerInUse(database, mine, serves),
    shared: fresh ? null : { path: database.path, setSocketPath: (socket) => database.setSocketPath(socket) },
    async [Symbol.asyncDispose]() {
      housekeeping.close();
      // In this order, and each also where an earlier one failed: an open file holds the process.
      await using stack = new AsyncDisposableStack();
      stack.defer(() => {
        if (fresh) rmSync(dirname(path), { recursive: true, force: true });
      });
      for (const part of [database, store, bus]) stack.use(part);
    },
  };
}

/** How long a command may have the file before it counts as taken: longer than commands wait for each other, ms. */
const PATIENCE_MS = 5000;
const AGAIN_MS = 20;

/** A `runs approve` where nobody serves owns the file for a moment: that stops no process that begins to serve. One that serves does. */
async function openPatiently(path: string): Promise<Database> {
  const { openDatabase } = await import("../../adapters/sqlite/database.js");
  for (const until = systemClock.monotonic() + PATIENCE_MS; ; await sleep(AGAIN_MS)) {
    try {
      return await openDatabase(path);
    } catch (error) {
      if (!(error instanceof InfraError && error.code === "FC6016") || systemClock.monotonic() > until || (await isServed(path))) throw error;
    }
  }
}

async function isServed(path: string): Promise<boolean> {
  const [{ openSqliteReader }, { connectControl }] = await Promise.all([import("../../adapters/sqlite/reader.js"), import("../../control/client.js")]);
  try {
    await using reader = await openSqliteReader(path);
    const socket = await reader.socketPath();
    await using server = socket === null ? null : await connectControl(socket, path);
    return server !== null;
  } catch (error) {
    // Nobody can be asked: a file that its first owner is making, a process that ends. The lock says whether it is free.
    if (error instanceof InfraError) return false;
    throw error;
  }
}
