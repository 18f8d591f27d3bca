import Encoder from "kafkajs/src/protocol/encoder.js";
import Decoder from "kafkajs/src/protocol/decoder.js";
import response, { type Fetched, type FetchedPartition } from "kafkajs/src/protocol/requests/fetch/v11/response.js";
import produce, { type ProduceOptions } from "kafkajs/src/protocol/requests/produce/index.js";
import type { Message } from "kafkajs";
import type { NewRecord } from "../driver.js";
import { withoutAborted } from "./aborted.js";
import { readBatches } from "./read-batches.js";
import { writeBatch } from "./write-batch.js";

// Most of the library's time goes into a buffer and a few bigints for each field of each record. What it reads and what our
// producer gives it takes another way, to the same bytes and values; the tests hold the two together.

const { decode } = response;
response.decode = async (raw) => (await decoded(raw)) ?? (await decode(raw));

/** Null: something of it is in an older format. */
async function decoded(raw: Buffer): Promise<Fetched | null> {
  const decoder = new Decoder(raw);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  let isOlder = false;
  async function partition(): Promise<FetchedPartition> {
    const head = {
      partition: decoder.readInt32(),
      errorCode: decoder.readInt16(),
      highWatermark: decoder.readInt64().toString(),
      lastStableOffset: decoder.readInt64().toString(),
      lastStartOffset: decoder.readInt64().toString(),
      abortedTransactions: decoder.readArray(() => ({ producerId: decoder.readInt64().toString(), firstOffset: decoder.readInt64().toString() })),
      preferredReadReplica: decoder.readInt32(),
    };
    const length = decoder.readInt32();
    const messages = length <= 0 || !decoder.canReadBytes(length) ? [] : await readBatches(decoder.readBytes(length));
    isOlder ||= messages === null;
    return { ...head, messages: withoutAborted(messages ?? [], head.abortedTransactions), abortedTransactions: [] };
  }
  const responses = await decoder.readArrayAsync(async () => ({ topicName: decoder.readString(), partitions: (await decoder.readArrayAsync(partition)).filter(says) }));
  return isOlder ? null : { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

/** A server answers for each partition that it was asked for. The library makes a batch of each, with a heartbeat of its own, also where nothing has come. */
const says = ({ messages, errorCode, preferredReadReplica }: FetchedPartition): boolean => messages.length > 0 || errorCode !== 0 || preferredReadReplica !== NO_REPLICA;
const NO_REPLICA = -1;

/** Since then a request holds batches of format 2. */
const BATCHES_SINCE = 3;
const ours = new WeakSet<object>();

/**
 * Records of one topic, each partition's together. The library would group them itself, by a copy of a partition's list
 * for each record that it adds to it.
 */
export function grouped(records: readonly NewRecord[]): Message[] {
  const partitions: Record<number, NewRecord[]> = {};
  for (const record of records) {
    const those = partitions[record.partition];
    if (those === undefined) ours.add((partitions[record.partition] = [record]));
    else those.push(record);
  }
  return Object.defineProperty([...records], "reduce", { value: () => partitions });
}

const { protocol } = produce;
produce.protocol = ({ version }) => {
  const make = protocol({ version });
  return (options) => {
    const made = make(options);
    if (Number(version) < BATCHES_SINCE || !options.topicData.every(({ partitions }) => partitions.every(({ messages }) => ours.has(messages)))) return made;
    // The library has one time for requests of all sizes.
    return { ...made, request: { ...made.request, encode: async () => encoded(options) }, requestTimeout: options.timeout };
  };
};

/** As format 3 of the request and those after it. */
function encoded({ acks, timeout, producerId, producerEpoch, topicData }: ProduceOptions): Encoder {
  const now = Date.now();
  const encoder = new Encoder().writeString(null).writeInt16(acks).writeInt32(timeout).writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    encoder.writeString(topic).writeInt32(partitions.length);
    for (const { partition, messages, firstSequence } of partitions) encoder.writeInt32(partition).writeBytes(writeBatch(messages, { producerId, producerEpoch, firstSequence }, now));
  }
  return encoder;
}
