import type { Kafka, TopicMessages } from "kafkajs";
import { KafkaFailure, type NewRecord, type Producer } from "../driver.js";
import { REQUEST_MS, RETRY } from "./client.js";
import { saying } from "./failure.js";

/** All replicas in sync. */
const ACKS = -1;

/** With an id of its own: the broker drops what this producer repeats, and nothing of another one's. */
export async function createProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false, maxInFlightRequests: 1, retry: RETRY });
  await saying(() => producer.connect());
  return {
    send: (records) =>
      saying(async () => {
        const stored = await producer.sendBatch({ acks: ACKS, timeout: REQUEST_MS, topicMessages: messagesOf(records) });
        // While leaders move the library can leave out a partition, and resolve.
        const there = new Set(stored.map(({ topicName, partition }) => `${partition} ${topicName}`));
        const forgotten = records.find(({ topic, partition }) => !there.has(`${partition} ${topic}`));
        if (forgotten !== undefined) throw new KafkaFailure(`partition ${forgotten.partition} of \`${forgotten.topic}\` has no leader now`, "LEADER_NOT_AVAILABLE", undefined);
      }),
    close: () => producer.disconnect(),
  };
}

function messagesOf(records: readonly NewRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages["messages"]>();
  for (const { topic, partition, key, value, headers } of records) {
    const message = { partition, key, value, headers: { ...headers } };
    const messages = topics.get(topic);
    if (messages === undefined) topics.set(topic, [message]);
    else messages.push(message);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}
