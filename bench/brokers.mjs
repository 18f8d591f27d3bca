// Real brokers for the cases: ours through its adapters, and each client library used by hand as its documentation says.
import { randomUUID } from "node:crypto";
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import kafkajs from "kafkajs";
import { status, up } from "../scripts/servers/servers.mjs";
import { fromSources } from "./bundle.mjs";

const { connectNats, connectKafka, connectRedis, systemClock, systemRandom } = await fromSources(`
  export { connectNats } from "./src/adapters/nats/broker.js";
  export { connectKafka } from "./src/adapters/kafka/broker.js";
  export { connectRedis } from "./src/adapters/redis/broker.js";
  export { systemClock } from "./src/adapters/clock/system.js";
  export { systemRandom } from "./src/adapters/random/system.js";
`);

/** Messages that a loop by hand takes at once. */
const BATCH = 1000;
export const unused = (what) => `bench-${what}-${randomUUID().slice(0, 8)}`;

/** Where the broker of that kind is: the variable of the tests, or a server that is started when none is up. */
async function urlOf(kind) {
  const url = process.env[`FLOWCTL_${kind.toUpperCase()}_URL`] ?? status(kind) ?? (await up(kind)).url;
  if (url === undefined) throw new Error(`there is no ${kind} here`);
  return url;
}

const connectors = { nats: connectNats, kafka: connectKafka, redis: connectRedis };

/** Ours, connected. */
export async function ours(kind) {
  const connection = { urls: [await urlOf(kind)], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 3_600_000, partitions: 8 } };
  return await connectors[kind](connection, { clock: systemClock, random: systemRandom });
}

/**
 * The client by hand. `consume` hands bodies over in batches, acknowledges each batch behind `handle`, and resolves after
 * `count` messages with the ms from the first of them to the last acknowledgement.
 */
export const byHand = { nats: natsByHand, kafka: kafkaByHand, redis: redisByHand };

async function natsByHand() {
  const nc = await connect({ servers: await urlOf("nats") });
  const jsm = await jetstreamManager(nc);
  const js = jetstream(nc);
  const publish = (topic, bodies) => Promise.all(bodies.map((body) => js.publish(topic, body)));
  return {
    publish: async (topic, bodies) => {
      for (let at = 0; at < bodies.length; at += BATCH) await publish(topic, bodies.slice(at, at + BATCH));
    },
    async consume(topic, group, count, handle, from = DeliverPolicy.All) {
      const stream = await jsm.streams.find(topic);
      await jsm.consumers.add(stream, { durable_name: group, ack_policy: AckPolicy.Explicit, deliver_policy: from, filter_subject: topic, max_ack_pending: 10 * BATCH });
      const messages = await (await js.consumers.get(stream, group)).consume({ max_messages: BATCH });
      return await inBatches(messages, count, (message) => message.string(), handle, (batch) => {
        for (const message of batch) message.ack();
        return nc.flush();
      });
    },
    /** Each message as it comes. */
    async listen(topic, heard) {
      const stream = await jsm.streams.find(topic);
      const messages = await (await js.consumers.get(stream, { deliver_policy: DeliverPolicy.New, filter_subjects: [topic] })).consume();
      void (async () => {
        for await (const message of messages) heard(message.string());
      })();
    },
    close: () => nc.close(),
  };
}

async function kafkaByHand() {
  const kafka = new kafkajs.Kafka({ clientId: "bench", brokers: [(await urlOf("kafka")).replace(/^kafka:\/\//, "")], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const open = [];
  const consumer = async (topic, group, fromBeginning, eachBatch) => {
    const made = kafka.consumer({ groupId: group, maxWaitTimeInMs: 5 });
    open.push(made);
    await made.connect();
    await made.subscribe({ topic, fromBeginning });
    const joined = new Promise((resolve) => made.on(made.events.GROUP_JOIN, resolve));
    await made.run({ autoCommit: false, eachBatch: (one) => eachBatch(one, made) });
    await joined;
    return made;
  };
  return {
    publish: async (topic, bodies) => {
      for (let at = 0; at < bodies.length; at += BATCH) await producer.send({ topic, messages: bodies.slice(at, at + BATCH).map((value) => ({ value })) });
    },
    async consume(topic, group, count, handle) {
      const done = Promise.withResolvers();
      let [began, taken] = [0, 0];
      const made = await consumer(topic, group, true, async ({ batch }, { commitOffsets }) => {
        began ||= performance.now();
        await handle(batch.messages.map(({ value }) => value.toString()));
        await commitOffsets([{ topic, partition: batch.partition, offset: String(Number(batch.lastOffset()) + 1) }]);
        taken += batch.messages.length;
        if (taken >= count) done.resolve(performance.now() - began);
      });
      const ms = await done.promise;
      await made.disconnect();
      return ms;
    },
    async listen(topic, heard) {
      await consumer(topic, unused("listener"), false, async ({ batch }) => {
        for (const { value } of batch.messages) heard(value.toString());
      });
    },
    async close() {
      await Promise.all(open.map((one) => one.disconnect()));
      await producer.disconnect();
    },
  };
}

async function redisByHand() {
  const url = await urlOf("redis");
  const redis = new Redis(url);
  const readers = [];
  const reader = () => readers[readers.push(new Redis(url)) - 1];
  return {
    publish: async (topic, bodies) => {
      for (let at = 0; at < bodies.length; at += BATCH) {
        const pipeline = redis.pipeline();
        for (const body of bodies.slice(at, at + BATCH)) pipeline.xadd(topic, "*", "body", body);
        await pipeline.exec();
      }
    },
    async consume(topic, group, count, handle) {
      await redis.xgroup("CREATE", topic, group, "0");
      const from = reader();
      let [began, taken] = [0, 0];
      while (taken < count) {
        const [[, entries]] = await from.xreadgroup("GROUP", group, "bench", "COUNT", BATCH, "BLOCK", 1000, "STREAMS", topic, ">");
        began ||= performance.now();
        await handle(entries.map(([, [, body]]) => body));
        await redis.xack(topic, group, ...entries.map(([id]) => id));
        taken += entries.length;
      }
      return performance.now() - began;
    },
    async listen(topic, heard) {
      const from = reader();
      void (async () => {
        for (let last = "$"; ; ) {
          const found = await from.xread("BLOCK", 0, "STREAMS", topic, last).catch(() => undefined);
          if (found === undefined) return;
          for (const [id, [, body]] of found?.[0]?.[1] ?? []) {
            last = id;
            heard(body);
          }
        }
      })();
    },
    close() {
      for (const one of readers) one.disconnect();
      redis.disconnect();
    },
  };
}

/** A stream of messages, cut where nothing more is there at once. */
async function inBatches(messages, count, bodyOf, handle, acknowledge) {
  let [began, taken] = [0, 0];
  let batch = [];
  for await (const message of messages) {
    began ||= performance.now();
    batch.push(message);
    if (batch.length < BATCH && taken + batch.length < count && messages.getProcessed() < messages.getReceived()) continue;
    await handle(batch.map(bodyOf));
    await acknowledge(batch);
    taken += batch.length;
    batch = [];
    if (taken >= count) break;
  }
  return performance.now() - began;
}

/** The bus, and the ms from the first batch that its reader gets to the acknowledgement of the `count`th message. */
export function timed(bus, count) {
  const done = Promise.withResolvers();
  let [began, acknowledged] = [0, 0];
  return {
    ms: done.promise,
    bus: {
      ...bus,
      async subscribe(options) {
        const made = await bus.subscribe(options);
        return {
          ...made,
          batches: {
            async *[Symbol.asyncIterator]() {
              for await (const batch of made.batches) {
                began ||= performance.now();
                yield batch;
              }
            },
          },
          async ack(deliveries) {
            await made.ack(deliveries);
            acknowledged += deliveries.length;
            if (acknowledged >= count) done.resolve(performance.now() - began);
          },
        };
      },
    },
  };
}

/** `plan` on the bus until it has acknowledged `count` messages; per second. */
export async function served(plan, bus, count, runtimeOf) {
  const { ms, bus: watched } = timed(bus, count);
  const runtime = runtimeOf(plan, { bus: watched });
  await runtime.start();
  const took = await ms;
  await runtime.close();
  return (count / took) * 1000;
}
