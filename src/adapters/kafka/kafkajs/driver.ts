// Node finds not all of its names by itself.
import kafkajs, { type Admin } from "kafkajs";
import type { BrokerConnection } from "../../../core/broker.js";
import type { Clock } from "../../../core/ports/clock.js";
import { KafkaFailure, type Driver } from "../driver.js";
import { createClient } from "./client.js";
import { failure, saying } from "./failure.js";
import { led, ledOnceMade, ledToMake, UNHEARD } from "./led.js";
import { createMember } from "./member.js";
import { createOutsider } from "./outsider.js";
import { createProducer } from "./producer.js";
import { kept } from "./kept.js";
import { requestsOf } from "./requests-of.js";
import { positionOf } from "./stored-position.js";

/** `kafkajs`. */
export function createDriver(connection: BrokerConnection, clock: Clock): Driver {
  const { kafka, destroy } = createClient(connection);
  const admin = kept(
    async () => {
      const made = kafka.admin();
      await made.connect();
      return made;
    },
    (one: Admin) => one.disconnect(),
  );
  const outside = kept(() => createOutsider(kafka), (one) => one.close());
  /** Apart: of all topics there may always be one that goes, and then it fails. */
  const listing = kept(() => createOutsider(kafka), (one) => one.close());
  const asking = <T>(act: (admin: Admin) => Promise<T>): Promise<T> => led(clock, () => saying(() => admin.use(act)));
  return {
    producer: () => createProducer(kafka),
    member: (options) => createMember(kafka, clock, options),
    servers: async () => (await asking((one) => one.describeCluster())).brokers.length,
    topics: () => asking((one) => one.listTopics()),
    groups: async () => (await asking((one) => one.listGroups())).groups.flatMap(({ groupId, protocolType }) => (protocolType === "consumer" || protocolType === "" ? [groupId] : [])),
    async partitions(topic) {
      try {
        const { topics } = await asking((one) => one.fetchTopicMetadata({ topics: [topic] }));
        return topics[0]?.partitions.map(({ partitionId, replicas, isr }) => ({ partition: partitionId, replicas: replicas.length, inSync: isr.length })) ?? null;
      } catch (error) {
        const { type } = failure(error);
        if (type === UNHEARD) return null;
        if (type === UNNAMED || topic === "") throw new KafkaFailure(`\`${topic}\` is no name of a topic at Kafka: it has letters, digits, \`.\`, \`_\` and \`-\`, 249 at most`, UNNAMED, error);
        if (type === "TOPIC_AUTHORIZATION_FAILED") throw new KafkaFailure(`this user may not see the topic \`${topic}\` (\`DESCRIBE\`)`, type, error);
        throw error;
      }
    },
    ranges: async (topic) => (await asking((one) => offsetsOf(one, topic))).map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })),
    allRanges: (topics) => led(clock, () => saying(() => listing.use((one) => one.ranges(topics)))),
    async committed(group, topic) {
      const found = await asking((one) => one.fetchOffsets({ groupId: group, ...(topic === undefined ? {} : { topics: [topic] }) }));
      const of = (partitions: (typeof found)[number]["partitions"]) => new Map(partitions.flatMap((one) => (Number(one.offset) < 0 ? [] : [[one.partition, positionOf(one)] as const])));
      return new Map(found.map(({ topic: name, partitions }) => [name, of(partitions)] as const).filter(([, positions]) => positions.size > 0));
    },
    async begin(group, topic, positions) {
      try {
        await led(clock, () => saying(() => outside.use((one) => one.commit(group, topic, positions))));
        return true;
      } catch (error) {
        if (failure(error).type === "UNKNOWN_MEMBER_ID") return false;
        throw error;
      }
    },
    async config(topic) {
      try {
        const { resources } = await asking((one) => one.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }] }));
        return new Map(resources.flatMap(({ configEntries }) => configEntries.map(({ configName, configValue }) => [configName, configValue] as const)));
      } catch (error) {
        if (failure(error).type?.endsWith("_AUTHORIZATION_FAILED") === true) return new Map();
        throw error;
      }
    },
    async create(topics) {
      for (const some of requestsOf(topics)) {
        const made = (one: Admin): Promise<boolean> =>
          one.createTopics({
            // The library gives up at a server that has not heard of what the controller has made.
            waitForLeaders: false,
            topics: some.map(({ topic, partitions, replicas, config }) => ({
              topic,
              numPartitions: partitions,
              replicationFactor: replicas,
              configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
            })),
          });
        await ledToMake(clock, () => saying(() => admin.use(made)));
        // Until its leader serves each of them: it is named before it knows that it leads.
        await ledOnceMade(clock, () => saying(() => outside.use((one) => one.ranges(some.map(({ topic }) => topic)))));
      }
    },
    read: (topic, from) => led(clock, () => saying(() => outside.use((one) => one.read(topic, from)))),
    async [Symbol.asyncDispose]() {
      await Promise.all([admin.close(), outside.close(), listing.close()]);
      destroy();
    },
  };
}

/** Of a name that no topic can have. */
const UNNAMED = "INVALID_TOPIC_EXCEPTION";

/** Of all partitions: the library leaves out those that have no leader now, and breaks where none has one. */
async function offsetsOf(admin: Admin, topic: string): Promise<Awaited<ReturnType<Admin["fetchTopicOffsets"]>>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = await admin.fetchTopicOffsets(topic).catch((error: unknown) => {
    if (error instanceof TypeError) return [];
    throw error;
  });
  if (found.length < (topics[0]?.partitions.length ?? 0)) throw new KafkaFailure(`partitions of \`${topic}\` have no leader now`, "LEADER_NOT_AVAILABLE", undefined);
  return found;
}
