// Kafka by its client alone, as its documentation says.
import kafkajs from "kafkajs";
import { BATCH, unused, urlOf } from "./server.mjs";

export async function kafkaByHand() {
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
