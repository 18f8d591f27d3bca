import { MAKES_TOPICS } from "../../core/broker.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createOpenSubscriptions } from "../bus/subscriptions.js";
import type { Driver } from "./driver.js";
import { groupId } from "./group-id.js";
import { createPlaces } from "./places.js";
import { createPublisher } from "./publisher.js";
import type { StoodBy } from "./stood.js";
import { subscribeTo } from "./subscription.js";

/**
 * Topics of Kafka.
 * - `publish` resolves when all replicas in sync have all; a message repeated under its id is stored twice.
 * - A group shares a topic's partitions; a partition has one member, which gives order per key also without `ordered`.
 * - What a member held that is gone without a word comes after 10 seconds.
 */
export function createKafkaBus(driver: Driver, clock: Clock): Bus {
  const publisher = createPublisher(driver, createPlaces(driver, clock), clock);
  const subscriptions = createOpenSubscriptions();
  const met: StoodBy = new Map();
  return {
    from: "latest",
    publish: publisher.publish,
    async subscribe({ topic, group, from, maxBatch, notice = () => undefined }) {
      const partitions = await driver.partitions(topic);
      if (partitions === null) throw new Error(`there is no topic \`${topic}\`: ${MAKES_TOPICS}`);
      const made = await subscribeTo(driver, clock, { topic, group: groupId(group, topic), from, maxBatch, partitions: partitions.length, met, notice });
      return subscriptions.opened(made);
    },
    async [Symbol.asyncDispose]() {
      await subscriptions.closeAll();
      await publisher.close();
    },
  };
}
