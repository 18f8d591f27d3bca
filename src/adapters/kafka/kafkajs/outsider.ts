import type { Cluster, Kafka } from "kafkajs";
import { KafkaFailure, type Piece, type Positions, type Range, type StoredRecord } from "../driver.js";
import { storedOf } from "./stored-position.js";

const PARTITION_BYTES = 1_048_576;
const FETCH_BYTES = 10_485_760;

/** What nobody's membership is needed for. */
export interface Outsider {
  close(): Promise<void>;
  ranges(topics: readonly string[]): Promise<ReadonlyMap<string, readonly Range[]>>;
  read(topic: string, from: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, Piece>>;
  /** Of a group without members; rejects with UNKNOWN_MEMBER_ID where it has some. */
  commit(group: string, topic: string, positions: Positions): Promise<void>;
}

/**
 * Reads and commits without being a member, which the library does not offer. But it gives its connections to whoever
 * assigns partitions, and this one never joins anything.
 */
export async function createOutsider(kafka: Kafka): Promise<Outsider> {
  const given: Cluster[] = [];
  kafka.consumer({
    groupId: "flowctl",
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        given.push(cluster);
        return { name: "none", version: 0, protocol: () => ({ name: "none", metadata: Buffer.alloc(0) }), assign: async () => [] };
      },
    ],
  });
  const [cluster] = given;
  if (cluster === undefined) throw new Error("the client has no connections");
  await cluster.connect();
  return {
    ranges: (topics) => rangesOf(cluster, topics),
    read: (topic, from) => fetchFrom(cluster, topic, from),
    async commit(groupId, topic, positions) {
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const partitions = [...positions].map(([partition, position]) => ({ partition, ...storedOf(position) }));
      await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: "", topics: [{ topic, partitions }] });
    },
    close: () => cluster.disconnect(),
  };
}

/** The library asks of one topic after the other, and gives up on those that have waited for 5 seconds. */
async function rangesOf(cluster: Cluster, topics: readonly string[]): Promise<ReadonlyMap<string, readonly Range[]>> {
  await cluster.addMultipleTargetTopics([...topics]);
  const asked = topics.map((topic) => ({ topic, partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId: partition }) => ({ partition })) }));
  const offsets = async (fromBeginning: boolean): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> =>
    new Map((await cluster.fetchTopicsOffset(asked.map((one) => ({ ...one, fromBeginning })))).map(({ topic, partitions }) => [topic, new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))]));
  const [lows, highs] = await Promise.all([offsets(true), offsets(false)]);
  return new Map(
    asked.map(({ topic, partitions }) => [
      topic,
      partitions.map(({ partition }) => {
        const [low, high] = [lows.get(topic)?.get(partition), highs.get(topic)?.get(partition)];
        if (low === undefined || high === undefined) throw new KafkaFailure(`partitions of \`${topic}\` have no leader now`, "LEADER_NOT_AVAILABLE", undefined);
        return { partition, low, high };
      }),
    ]),
  );
}

async function fetchFrom(cluster: Cluster, topic: string, from: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, Piece>> {
  await cluster.addTargetTopic(topic);
  const found = new Map<number, Piece>();
  for (const [nodeId, partitions] of Object.entries(cluster.findLeaderForPartitions(topic, [...from.keys()]))) {
    const server = await cluster.findBroker({ nodeId });
    const { responses }: Fetched = await server.fetch({
      // Who asks knows what is there, or asks only whether they may: a server answers the next question when this wait is over.
      maxWaitTime: 0,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: 1,
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition, fetchOffset: String(from.get(partition) ?? 0), maxBytes: PARTITION_BYTES })) }],
    });
    for (const { partitions: answered } of responses) {
      for (const { partition, messages } of answered) {
        const begin = from.get(partition) ?? 0;
        const last = messages.at(-1);
        // A stored batch comes whole, with what lies before the offset.
        const records = messages.filter(({ offset, isControlRecord }) => isControlRecord !== true && Number(offset) >= begin);
        found.set(partition, { records, next: last === undefined ? begin : Math.max(begin, Number(last.offset) + 1) });
      }
    }
  }
  return found;
}

/** The library does not say what a fetch gives. */
interface Fetched {
  readonly responses: readonly { readonly partitions: readonly { readonly partition: number; readonly messages: readonly (StoredRecord & { readonly isControlRecord?: boolean })[] }[] }[];
}
