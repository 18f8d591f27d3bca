import { PublishRefused, TopicsHeld, type Bus, type Outgoing } from "../../core/ports/bus.js";
import type { RuntimePorts } from "../ports.js";
import { createTrouble } from "../trouble.js";

/** I40: that store or bus take nothing is told at once, and when they take again; whoever calls them tries again meanwhile. */
export function tellTrouble(ports: RuntimePorts): RuntimePorts {
  const { store, bus } = ports;
  const storing = watched("the store takes no writes", "the store takes writes again", ports);
  const publishing = watched("the bus takes no messages", "the bus takes messages again", ports);
  return {
    ...ports,
    store: {
      ...store,
      commit: storing(store.commit),
      markSeen: storing(store.markSeen),
      putRow: storing(store.putRow),
      putDeadLetters: storing(store.putDeadLetters),
    },
    bus: bus === null ? null : { ...bus, publish: topicsTold(publishing(bus.publish), ports) },
  };
}

/** Its calls as they are, and a notice where they begin to fail and where they succeed again. */
function watched(fails: string, works: string, { observer, clock }: RuntimePorts): <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) => (...args: A) => Promise<T> {
  const trouble = createTrouble(clock, (why) => observer.notice?.(`${fails}: ${why}; runs wait until it does`));
  const good = (): void => {
    if (trouble.over()) observer.notice?.(`${works}: runs go on`);
  };
  const bad = (thrown: unknown): void => {
    // The broker works: it refuses these messages or topics alone.
    if (thrown instanceof PublishRefused || thrown instanceof TopicsHeld) return good();
    trouble.failed(thrown);
  };
  return (call) =>
    (...args) => {
      const result = call(...args);
      result.then(good, bad);
      return result;
    };
}

/** A topic that takes nothing holds up what is emitted there alone. */
function topicsTold(publish: Bus["publish"], { observer }: RuntimePorts): Bus["publish"] {
  const held = new Set<string>();
  const free = (messages: readonly Outgoing[], still: ReadonlyMap<string, string>): void => {
    if (held.size === 0) return;
    for (const { topic } of messages) if (!still.has(topic) && held.delete(topic)) observer.notice?.(`\`${topic}\` takes messages again`);
  };
  return async (messages) => {
    try {
      await publish(messages);
      free(messages, NONE);
    } catch (thrown) {
      if (!(thrown instanceof TopicsHeld)) throw thrown;
      for (const [topic, reason] of thrown.topics) if (!held.has(topic)) observer.notice?.(`\`${topic}\` takes no messages: ${reason}; what is emitted there waits until it does`);
      for (const topic of thrown.topics.keys()) held.add(topic);
      free(messages, thrown.topics);
      throw thrown;
    }
  };
}
const NONE: ReadonlyMap<string, string> = new Map();
