import { systemClock } from "../../adapters/clock/system.js";
import { systemRandom } from "../../adapters/random/system.js";
import type { Postgres } from "../../adapters/postgres/server.js";
import { createPostgresStore } from "../../adapters/store/postgres.js";
import { purge } from "../../adapters/store/postgres/purge.js";
import type { Operator } from "../../core/ports/operator.js";
import { forkRun } from "../../runtime/fork/fork-run.js";
import { refused } from "../../runtime/inbox/outcome.js";
import { CommandError, EXIT } from "../exit.js";
import { MOST_PRUNED } from "./most-pruned.js";
import { ask } from "./open-operator.js";

/** The runs of a store that processes share: what is asked of one is a row of its inbox, and its owner is told at once. */
export function postgresOperator(database: Postgres): Operator {
  const store = createPostgresStore(database);
  const noTopics = (): never => {
    throw new CommandError(EXIT.infrastructure, "the store on PostgreSQL holds runs; topics are the broker's", "name a `broker` in flowctl.yaml");
  };
  return {
    server: null,
    shared: { serving: async () => (database.there ? ((await store.sharing?.serving()) ?? 0) : 0) },
    store,
    topics: { topics: async () => noTopics(), messages: async () => noTopics() },
    async *watch() {
      // Each process tells its own watchers; the journal says the same to everybody.
    },
    request: (run, request, by) => ask(store, run, request, by),
    async fork(run, fork) {
      // Each process has the flows of its own files.
      if (fork.plan === "new") return refused("invalid", "the store does not know which version new runs get, for each process that shares it takes its own files: fork with `--plan pinned`");
      const forked = await forkRun(run, fork, { store, clock: systemClock, random: systemRandom, current: () => undefined });
      if (!("item" in forked)) return forked;
      await store.commit([forked.item]);
      return { is: "forked", run: forked.item.run, kept: forked.item.events.length - 1 };
    },
    publish: async () => noTopics(),
    putBody: (stored) => store.putBody(stored),
    deleteDeadLetters: (ids) => store.deleteDeadLetters(ids),
    prune: (ended) => store.prune(ended, MOST_PRUNED, systemClock.now()),
    purge: (of) => purge(database, of, systemClock.now()),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
