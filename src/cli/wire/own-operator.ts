import { systemClock } from "../../adapters/clock/system.js";
import { systemRandom } from "../../adapters/random/system.js";
import type { Operator } from "../../core/ports/operator.js";
import { createFeed } from "../../control/feed.js";
import type { Runtime } from "../../runtime/runtime.js";
import { MOST_PRUNED } from "./most-pruned.js";
import type { Broadcast } from "./broadcast.js";
import type { Storage } from "./storage.js";

/** The operator of the process that drives the runs itself. */
export function ownOperator(runtime: Runtime, { store, bus, topics, purge }: Storage, broadcast: Broadcast, flows: () => readonly string[]): Operator {
  return {
    get server() {
      return { pid: process.pid, flows: flows() };
    },
    store,
    topics: topics ?? { topics: () => Promise.resolve([]), messages: () => Promise.resolve([]) },
    async *watch(signal) {
      const feed = createFeed();
      const stop = broadcast.subscribe(feed);
      try {
        for await (const batch of feed.watch(signal)) yield* batch;
      } finally {
        stop();
        feed.close();
      }
    },
    request: (run, request, by) => runtime.request({ id: systemRandom.id(), run, at: systemClock.now(), by, request }),
    fork: (run, fork) => runtime.fork(run, fork),
    publish: (messages) => bus.publish(messages),
    putBody: (stored) => store.putBody(stored),
    deleteDeadLetters: (ids) => store.deleteDeadLetters(ids),
    purge,
    prune: (ended) => store.prune(ended, MOST_PRUNED, systemClock.now()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
