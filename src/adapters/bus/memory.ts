import { PublishRefused, type Bus } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createGroup, type Group } from "./memory/group.js";
import { createSubscription } from "./memory/subscription.js";
import { appendMessage, createTopic, trim, type Topic } from "./memory/topic.js";

/** Larger messages are refused, as brokers do (I39). */
const MAX_BYTES = 8 * 1024 * 1024;

/** Topics, groups and offsets of one process. The reference for what the brokers' adapters must do. */
export function createMemoryBus(clock: Clock): Bus {
  const topics = new Map<string, Topic>();
  const topicOf = (name: string): Topic => {
    const found = topics.get(name);
    if (found !== undefined) return found;
    const made = createTopic(name);
    topics.set(name, made);
    return made;
  };
  const groupOf = (topic: Topic, name: string, from: "latest" | "earliest"): Group => {
    const found = topic.groups.get(name);
    if (found !== undefined) return found;
    const made = createGroup(topic, from);
    topic.groups.set(name, made);
    return made;
  };
  return {
    from: "earliest",
    async publish(messages) {
      const refused = messages.filter(({ body }) => isTooLarge(body));
      if (refused.length > 0) throw new PublishRefused(refused.map(({ id }) => ({ id, reason: "the message is larger than 8 MB" })));
      const touched = new Set<Topic>();
      const now = clock.now();
      for (const message of messages) {
        const topic = topicOf(message.topic);
        appendMessage(topic, message, now);
        touched.add(topic);
      }
      for (const topic of touched) {
        trim(topic, now);
        for (const group of topic.groups.values()) group.wake();
      }
    },
    async subscribe({ topic: name, group: groupName, from, maxBatch }) {
      const topic = topicOf(name);
      return createSubscription(groupOf(topic, groupName, from), maxBatch, clock);
    },
    async [Symbol.asyncDispose]() {
      for (const topic of topics.values()) for (const group of topic.groups.values()) for (const member of group.members.slice()) member.close();
      topics.clear();
    },
  };
}

/** A character is three bytes at most: most bodies need no counting. */
const isTooLarge = (body: string): boolean => body.length * 3 > MAX_BYTES && Buffer.byteLength(body) > MAX_BYTES;
