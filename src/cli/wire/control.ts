import { createFeed } from "../../control/feed.js";
import { serveControl } from "../../control/server.js";
import type { Operator } from "../../core/ports/operator.js";
import type { Broadcast } from "./broadcast.js";
import type { Storage } from "./storage.js";

/** Lets other processes of this user work with the runs of this one (I24). Nothing to serve where the store is this process's alone. */
export async function openControl({ shared }: Storage, operator: Operator, broadcast: Broadcast): Promise<AsyncDisposable> {
  if (shared === null) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const feed = createFeed();
  const stop = broadcast.subscribe({
    event: feed.event,
    // Only while somebody watches.
    get pure() {
      return feed.watchers() > 0;
    },
    get token() {
      return feed.watchers() > 0 ? feed.token : undefined;
    },
  });
  const server = await serveControl({ database: shared.path, flows: () => operator.server?.flows ?? [], parts: operator, feed });
  const end = async (): Promise<void> => {
    stop();
    feed.close();
    await server[Symbol.asyncDispose]();
  };
  try {
    await shared.setSocketPath(server.socketPath);
  } catch (error) {
    // A server that listens would hold a process that cannot work.
    await end();
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      try {
        await shared.setSocketPath(null);
      } finally {
        await end();
      }
    },
  };
}
