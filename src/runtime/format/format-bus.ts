import { CLAIM } from "../../core/claim.js";
import { SCHEMA_ID } from "../../core/format/schema-id.js";
import { PublishRefused, TopicsHeld, type Bus, type Delivery, type Outgoing, type Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { Unencodable, type Formats, type TopicFormat } from "../../core/ports/format.js";
import { isBug } from "../is-bug.js";
import { REPLY_ERROR } from "../request/reply.js";
import { patiently } from "../patience.js";

/**
 * A bus whose topics may have formats: JSON text is encoded on the way out, and what comes has its content. Bytes go out
 * as they are. While a registry is away nothing is read or published further: what cannot be looked up is not poison.
 */
export function formatBus(bus: Bus, formats: Formats | undefined, clock: Clock, stopped: () => boolean): Bus {
  if (formats === undefined) return bus;
  return {
    ...bus,
    async publish(messages) {
      const held = new Map<string, string>();
      const made = await encoded(messages, formats, held);
      if (held.size === 0) return await bus.publish(made);
      await bus.publish(made.filter(({ topic }) => !held.has(topic))).catch((thrown: unknown) => {
        if (!(thrown instanceof TopicsHeld)) throw thrown;
        for (const [topic, reason] of thrown.topics) held.set(topic, reason);
      });
      throw new TopicsHeld(held);
    },
    async subscribe(options) {
      const format = formats.of(options.topic);
      const subscription = await bus.subscribe(options);
      return format === null ? subscription : decoding(subscription, format, clock, stopped);
    },
  };
}

/** Rejects with PublishRefused for those that their formats cannot hold; then none is published. Topics whose format cannot be had now go into `held`; without it, this rejects. */
export async function encoded(messages: readonly Outgoing[], formats: Formats, held?: Map<string, string>): Promise<readonly Outgoing[]> {
  if (messages.every(({ topic }) => formats.of(topic) === null)) return messages;
  const refused: { readonly id: string; readonly reason: string }[] = [];
  const made = await Promise.all(messages.map(async (message) => {
    // The error of a run that was asked is none of its topic's messages.
    const format = typeof message.body === "string" && message.headers[REPLY_ERROR] === undefined ? formats.of(message.topic) : null;
    if (format === null) return message;
    try {
      return await format.encode(withoutSchema(message));
    } catch (thrown) {
      if (thrown instanceof Unencodable) refused.push({ id: message.id, reason: thrown.message });
      else if (held === undefined || isBug(thrown) || !(thrown instanceof Error)) throw thrown;
      else held.set(message.topic, thrown.message);
      return message;
    }
  }));
  if (refused.length > 0) throw new PublishRefused(refused);
  return made;
}

/** The id of the schema that a message was encoded with before, which is sent again as what it said. */
function withoutSchema(message: Outgoing): Outgoing {
  const { [SCHEMA_ID]: schema, ...headers } = message.headers;
  return schema === undefined ? message : { ...message, headers };
}

/** Deliveries are given back to the bus as it gave them. */
function decoding(subscription: Subscription, format: TopicFormat, clock: Clock, stopped: () => boolean): Subscription {
  const came = new WeakMap<Delivery, Delivery>();
  const original = (deliveries: readonly Delivery[]): readonly Delivery[] => deliveries.map((one) => came.get(one) ?? one);
  // I39: what a claim stands for is not there.
  const isPlain = ({ headers, content }: Delivery): boolean => headers[CLAIM] === undefined && headers[REPLY_ERROR] === undefined && content === undefined;
  const decoded = async (delivery: Delivery): Promise<Delivery> => (isPlain(delivery) ? await patiently(clock, stopped, async () => format.decode(delivery)) : delivery);
  return {
    ...subscription,
    batches: contents(),
    ack: (deliveries) => subscription.ack(original(deliveries)),
    giveBack: (deliveries, delayMs) => subscription.giveBack(original(deliveries), delayMs),
  };

  async function* contents(): AsyncGenerator<readonly Delivery[]> {
    for await (const batch of subscription.batches) {
      const made = await Promise.all(batch.map(decoded));
      for (const [index, one] of batch.entries()) {
        const delivery = made[index];
        if (delivery !== undefined && delivery !== one) came.set(delivery, one);
      }
      yield made;
    }
  }
}
