import type { Bus } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createGroup, type Group } from "./group/group.js";
import { createProgress } from "./group/progress.js";
import { createSubscription } from "./group/subscription.js";
import { appendMessage, createTopic, recordsOf, trim, type Topic } from "./memory/topic.js";
import { refuseLarge } from "./refuse-large.js";

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
    const made = createGroup(topic.partitions.map((partition) => createProgress(partition, from === "latest" ? partition.end() : partition.base)));
    topic.groups.set(name, made);
    return made;
  };
  return {
    from: "earliest",
    async publish(messages) {
      refuseLarge(messages);
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
      return createSubscription(groupOf(topic, groupName, from), recordsOf(topic), maxBatch, clock);
    },
    async [Symbol.asyncDispose]() {
      for (const topic of topics.values()) for (const group of topic.groups.values()) for (const member of group.members.slice()) member.close();
      topics.clear();
    },
  };
}
