import type { Bus, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { TopicReader } from "../../core/ports/operator.js";
import type { Database } from "../sqlite/database.js";
import { createGroup, type Group } from "./group/group.js";
import { createProgress } from "./group/progress.js";
import { createSubscription, type Records } from "./group/subscription.js";
import { createGroupRecords } from "./embedded/group-records.js";
import { createProgressWriter } from "./embedded/progress-writer.js";
import { createPublisher } from "./embedded/publisher.js";
import { createRetention } from "./embedded/retention.js";
import type { TailMemory } from "./embedded/tail.js";
import { createTopic, type Topic } from "./embedded/topic.js";
import { createTopicReader } from "./embedded/topic-reader.js";
import { refuseLarge } from "./refuse-large.js";

interface Member {
  readonly group: Group;
  readonly records: Records;
}

/**
 * Topics in the file of the store, for the process that owns it.
 * - `publish` resolves when the messages are on disk. A message whose id is among the last 4,096 of its partition is
 *   there already and not stored again (an outbox that publishes again after a crash); a redrive is another message.
 * - `ack` and `giveBack` resolve at once: they become durable with the next transaction of anybody, after a tenth of a
 *   second of none, and when the subscription or the bus is closed. Lost ones are redelivered. How often a message was given back
 *   survives with them; deliveries that a crash cut short are not counted.
 * - Messages are kept for 7 days and until every group that ever read the topic has acknowledged them.
 * - Errors of the file are the database's InfraErrors; publishing succeeds again when the file takes writes again.
 * Close the bus before its database.
 */
export function createEmbeddedBus(database: Pick<Database, "write" | "later" | "read">, clock: Clock): Bus & TopicReader {
  const memory: TailMemory = { characters: 0 };
  const topics = new Map<string, Topic>();
  const members = new Map<string, Promise<Member>>();
  const progress = createProgressWriter(database, clock);
  const retention = createRetention(database, clock);
  const reader = createTopicReader(database);
  const publisher = createPublisher(database, clock, ({ topic }, partition, offset, delivery) => topics.get(topic)?.append(partition, offset, delivery));

  const topicOf = (name: string): Topic => {
    const known = topics.get(name);
    if (known !== undefined) return known;
    const made = createTopic(name, memory);
    topics.set(name, made);
    return made;
  };
  async function join(name: string, groupName: string, from: "latest" | "earliest"): Promise<Member> {
    const topic = topicOf(name);
    const joined = await database.write("busJoin", name, groupName, from);
    const group = createGroup(
      joined.map(({ committed, end, failures }, index) => {
        const tail = topic.tails[index];
        tail?.reaches(end);
        const failed: readonly (readonly [number, number])[] = JSON.parse(failures);
        return createProgress({ index, end: () => tail?.end() ?? end }, committed, failed);
      }),
    );
    topic.groups.set(groupName, group);
    return { group, records: createGroupRecords(topic, database, progress.of(name, groupName, group)) };
  }
  function memberOf(name: string, groupName: string, from: "latest" | "earliest"): Promise<Member> {
    const id = JSON.stringify([name, groupName]);
    const known = members.get(id);
    if (known !== undefined) return known;
    const made = join(name, groupName, from);
    members.set(id, made);
    // A file that took no write may take the next one.
    made.catch(() => members.delete(id));
    return made;
  }
  return {
    from: "earliest",
    async publish(messages) {
      refuseLarge(messages);
      await publisher.publish(messages);
      for (const name of new Set(messages.map(({ topic }) => topic))) {
        retention.used(name);
        for (const group of topics.get(name)?.groups.values() ?? []) group.wake();
      }
    },
    async subscribe({ topic, group: name, from, maxBatch }): Promise<Subscription> {
      const { group, records } = await memberOf(topic, name, from);
      retention.used(topic);
      return createSubscription(group, records, maxBatch, clock);
    },
    async topics() {
      const stored = await reader.topics();
      // Acknowledged behind a gap, or not yet on disk: this process knows better.
      return stored.map((one) => ({ ...one, groups: one.groups.map(({ group, lag }) => ({ group, lag: topics.get(one.topic)?.groups.get(group)?.lag() ?? lag })) }));
    },
    messages: reader.messages,
    async [Symbol.asyncDispose]() {
      retention.close();
      for (const topic of topics.values()) for (const group of topic.groups.values()) for (const member of group.members.slice()) member.close();
      await publisher.settled();
      await progress.close();
    },
  };
}
