import type { Broker } from "../../core/ports/broker.js";
import type { Operator } from "../../core/ports/operator.js";

/** The same runs, with the topics of a broker, which is connected to when a command asks for one. */
export function atBroker(operator: Operator, open: () => Promise<Broker>): Operator {
  let broker: Promise<Broker> | null = null;
  const connected = (): Promise<Broker> => (broker ??= open());
  return {
    get server() {
      return operator.server;
    },
    ...(operator.shared === undefined ? {} : { shared: operator.shared }),
    store: operator.store,
    topics: {
      topics: async () => (await connected()).topics.topics(),
      messages: async (topic, which) => (await connected()).topics.messages(topic, which),
    },
    watch: (signal) => operator.watch(signal),
    request: (run, request, by) => operator.request(run, request, by),
    fork: (run, fork) => operator.fork(run, fork),
    publish: async (messages) => (await connected()).bus.publish(messages),
    putBody: (stored) => operator.putBody(stored),
    deleteDeadLetters: (ids) => operator.deleteDeadLetters(ids),
    prune: (ended) => operator.prune(ended),
    purge: (of) => operator.purge(of),
    async [Symbol.asyncDispose]() {
      await operator[Symbol.asyncDispose]();
      if (broker !== null) await (await broker)[Symbol.asyncDispose]();
    },
  };
}
