import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../adapters/clock/system.js";
import { systemRandom } from "../../adapters/random/system.js";
import { createEmbeddedBus } from "../../adapters/bus/embedded.js";
import { createTopicReader } from "../../adapters/bus/embedded/topic-reader.js";
import { openDatabase, type Database } from "../../adapters/sqlite/database.js";
import { Unmade } from "../../adapters/sqlite/infra-error.js";
import { purge } from "../../adapters/sqlite/purge.js";
import { openSqliteReader, type SqliteReader } from "../../adapters/sqlite/reader.js";
import { createSqliteStore } from "../../adapters/store/sqlite.js";
import { connectControl } from "../../control/client.js";
import { InfraError } from "../../core/errors.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Operator, RequestOutcome } from "../../core/ports/operator.js";
import type { RunRequest, Store } from "../../core/ports/store.js";
import { shardOf, type RunId } from "../../core/run-id.js";
import { forkRun } from "../../runtime/fork/fork-run.js";
import { checkRequest } from "../../runtime/inbox/check-request.js";
import { CommandError, EXIT } from "../exit.js";
import { isThere } from "./database-place.js";
import { MOST_PRUNED } from "./most-pruned.js";

/** How long a write waits for a process that holds the file for a moment, or begins to serve, ms. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 20;
const OWN_FOLDER = "Has its service a temporary folder of its own (`PrivateTmp=` of systemd)? Then set TMPDIR for it to one that others see too.";

/** The process that serves the database, else its file (I24). `make`: an empty one where there is none. */
export async function openOperator(database: string, make = false): Promise<Operator> {
  if (make && !isThere(database)) await (await openDatabase(database))[Symbol.asyncDispose]();
  if (!isThere(database)) throw noRunsYet(database);
  const reader = await readerOf(database);
  try {
    const server = await serving(reader, database);
    if (server === null) return onFile(database, reader);
    await reader[Symbol.asyncDispose]();
    return server;
  } catch (error) {
    await reader[Symbol.asyncDispose]();
    throw error;
  }
}

export const noRunsYet = (database: string): CommandError =>
  new CommandError(EXIT.infrastructure, `there are no runs here yet: \`flowctl run\` makes ${relative(process.cwd(), database)}`, "another place is named by `store:` in flowctl.yaml");

/** The first process to open a file has made it before its tables. */
async function readerOf(database: string): Promise<SqliteReader> {
  for (const until = systemClock.monotonic() + PATIENCE_MS; ; await sleep(AGAIN_MS)) {
    try {
      return await openSqliteReader(database);
    } catch (error) {
      if (!(error instanceof Unmade) || systemClock.monotonic() > until) throw error;
    }
  }
}

async function serving(reader: SqliteReader, database: string): Promise<Operator | null> {
  const socketPath = await reader.socketPath();
  return socketPath === null ? null : await connectControl(socketPath, database);
}

function onFile(database: string, reader: SqliteReader): Operator {
  /** The process that took the last write. */
  let reached: Operator["server"] = null;
  const asOwner = ownerOf(database);

  /** As the owner for a moment; through the process that serves where one has come up since. */
  async function write<T>(act: (own: Owned) => Promise<T>, ask: (server: Operator) => Promise<T>): Promise<T> {
    for (const until = systemClock.monotonic() + PATIENCE_MS; ; await sleep(AGAIN_MS)) {
      const server = await serving(reader, database);
      reached = server?.server ?? null;
      if (server !== null) return await asked(server, ask);
      try {
        return await asOwner(act);
      } catch (error) {
        if (!(error instanceof InfraError && error.code === "FC6016")) throw error;
        if (systemClock.monotonic() > until) throw unreached(error, await reader.socketPath());
      }
    }
  }

  return {
    get server() {
      return reached;
    },
    store: reader,
    topics: createTopicReader(reader.reading),
    async *watch() {
      // Nothing happens while nobody serves.
    },
    request: (run, request, by) =>
      write(
        ({ store }) => ask(store, run, request, by),
        (server) => server.request(run, request, by),
      ),
    fork: (run, fork) =>
      write(
        async ({ store }) => {
          const forked = await forkRun(run, fork, { store, clock: systemClock, random: systemRandom, current: () => undefined });
          if (!("item" in forked)) return forked;
          const { item } = forked;
          await store.commit([item]);
          return { is: "forked" as const, run: item.run, kept: item.events.length - 1 };
        },
        (server) => server.fork(run, fork),
      ),
    publish: (messages) => write(({ bus }) => bus.publish(messages), (server) => server.publish(messages)),
    putBody: (stored) => write(({ store }) => store.putBody(stored), (server) => server.putBody(stored)),
    deleteDeadLetters: (ids) => write(({ store }) => store.deleteDeadLetters(ids), (server) => server.deleteDeadLetters(ids)),
    purge: (of) => write(({ database: owned }) => purge(owned, of, systemClock.now()), (server) => server.purge(of)),
    prune: (ended) => write(({ store }) => store.prune(ended, MOST_PRUNED, systemClock.now()), (server) => server.prune(ended)),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

/** It has said where it listens, and nobody does there: what it was asked to do instead is what was tried. */
const unreached = (held: InfraError, socket: string | null): InfraError => (socket === null ? held : new InfraError(held.code, held.message, { hint: `Its control socket \`${socket}\` is not there. ${OWN_FOLDER}` }));

/** Into the inbox of the run, where nobody has asked the same before. */
export async function ask(store: Store, run: RunId, request: RunRequest, by: string): Promise<RequestOutcome> {
  const outcome = (await isAsked(store, run, request)) ? decided(run) : await checkRequest(store, run, request);
  if (outcome.is === "accepted") await store.putInbox({ id: systemRandom.id(), run, at: systemClock.now(), by, request });
  return outcome;
}

// Functions of their own: esbuild keeps the error of a `using` that failed for the next turn of a loop around it.
async function asked<T>(server: Operator, ask: (server: Operator) => Promise<T>): Promise<T> {
  await using _ = server;
  return await ask(server);
}

interface Owned {
  readonly database: Database;
  readonly store: Store;
  readonly bus: Bus;
}

/** The file, for all who write at the same time, one after the other: to open it takes a hundred times as long as to write a row. */
function ownerOf(database: string): <T>(act: (own: Owned) => Promise<T>) => Promise<T> {
  let held: { readonly owned: Promise<Opened>; last: Promise<unknown>; writers: number } | null = null;
  return async (act) => {
    held ??= { owned: openOwned(database), last: Promise.resolve(), writers: 0 };
    const mine = held;
    mine.writers += 1;
    const turn = mine.last.then(async () => act(await mine.owned));
    mine.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      mine.writers -= 1;
      // From here on who writes opens it again.
      if (mine.writers === 0) {
        held = null;
        await mine.owned.then((owned) => owned[Symbol.asyncDispose](), () => undefined);
      }
    }
  };
}

type Opened = Owned & AsyncDisposable;

async function openOwned(path: string): Promise<Opened> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await openDatabase(path));
  const store = opening.use(createSqliteStore(database));
  const bus = opening.use(createEmbeddedBus(database, systemClock));
  const opened = opening.move();
  return { database, store, bus, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Nobody has acted on the inbox yet: what stands there decides like what stands in the journal. */
async function isAsked(store: Store, run: RunId, request: RunRequest): Promise<boolean> {
  if (request.kind === "cancel" || request.kind === "signal") return false;
  const asked = await store.inbox(shardOf(run), MOST_ASKED);
  return asked.some((row) => row.run === run && row.request.kind !== "cancel" && row.request.kind !== "signal" && placeOf(row.request) === placeOf(request));
}

/** Requests of one shard that are looked at. */
const MOST_ASKED = 10_000;

const placeOf = (request: RunRequest): string | null => (request.kind === "answer" || request.kind === "resolve" ? request.path : null);

const decided = (run: RunId): RequestOutcome => ({ is: "refused", why: "already_decided", message: `run ${run} has been answered there already; the next \`flowctl run\` acts on it` });
