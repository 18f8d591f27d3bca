import { InfraError } from "../../core/errors.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Random } from "../../core/ports/random.js";
import { createOpenSubscriptions } from "../bus/subscriptions.js";
import { needGroup } from "./group.js";
import { openLink, type Link } from "./link.js";
import { createPublisher } from "./publisher.js";
import type { Settings } from "./settings.js";
import { createSubscription } from "./subscription.js";
import { startTrimming } from "./trim.js";

export function createRedisBus(link: Link, publishing: Link, settings: Settings, clock: Clock, random: Random): Bus {
  const publish = createPublisher(publishing, clock);
  const subscriptions = createOpenSubscriptions();
  const trimming = startTrimming(link, clock);
  /** Where groups stood when this process last looked. */
  const stood = new Map<string, string>();
  return {
    from: "latest",
    async publish(messages) {
      await publish(messages);
      for (const { topic } of messages) trimming.of(topic);
    },
    async subscribe({ topic, group, from, maxBatch, ordered = false }) {
      const name = JSON.stringify([topic, group]);
      await needGroup(link, topic, group, from, stood.get(name));
      // It waits at the server: a connection of its own.
      const reader = await openLink(settings).catch((error: unknown) => {
        // It was there before, and is waited for.
        throw error instanceof InfraError ? new Error(error.message, { cause: error }) : error;
      });
      try {
        const subscription = await createSubscription(link, reader, clock, { topic, group, consumer: `flowctl-${random.id()}`, maxBatch, ordered, stands: (at) => stood.set(name, at) });
        trimming.of(topic);
        return subscriptions.opened(subscription);
      } catch (error) {
        reader.close();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      trimming.stop();
      await subscriptions.closeAll();
    },
  };
}
