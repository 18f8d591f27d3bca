// NATS JetStream by its client alone, as its documentation says.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { BATCH, urlOf } from "./server.mjs";

export async function natsByHand() {
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
