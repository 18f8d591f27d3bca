import type { Kafka, TopicMessages } from "kafkajs";
import { KafkaFailure, type NewRecord, type Producer } from "../driver.js";
import { RETRY } from "./client.js";
import { saying } from "./failure.js";
import { grouped } from "./records.js";

/** All replicas in sync. */
const ACKS = -1;

/** With an id of its own: the broker drops what this producer repeats, and nothing of another one's. */
export async function createProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false, maxInFlightRequests: 1, retry: RETRY });
  await saying(() => producer.connect());
  return {
    send: (records, timeout) =>
      saying(async () => {
        const stored = await producer.sendBatch({ acks: ACKS, timeout, topicMessages: messagesOf(records) });
        // While leaders move the library can leave out a partition, and resolve.
        const there = new Set(stored.map(({ topicName, partition }) => `${partition} ${topicName}`));
        const forgotten = records.find(({ topic, partition }) => !there.has(`${partition} ${topic}`));
        if (forgotten !== undefined) throw new KafkaFailure(`partition ${forgotten.partition} of \`${forgotten.topic}\` has no leader now`, "LEADER_NOT_AVAILABLE", undefined);
      }),
    close: () => producer.disconnect(),
  };
}

const messagesOf = (records: readonly NewRecord[]): TopicMessages[] => [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, those]) => ({ topic, messages: grouped(those) }));
