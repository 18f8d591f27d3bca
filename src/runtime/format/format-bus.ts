import { CLAIM } from "../../core/claim.js";
import { SCHEMA_ID } from "../../core/format/schema-id.js";
import { PublishRefused, TopicsHeld, type Bus, type Delivery, type Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { Unencodable, type Formats } from "../../core/ports/format.js";
import { isBug } from "../is-bug.js";
import { mapDeliveries } from "../map-deliveries.js";
import { patiently } from "../patience.js";
import { REPLY_ERROR } from "../request/reply.js";

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
        if (thrown instanceof PublishRefused && thrown.unsettled !== null) throw new PublishRefused(thrown.refused, new Set([...thrown.unsettled, ...held.keys()]));
        if (!(thrown instanceof TopicsHeld)) throw thrown;
        for (const [topic, reason] of thrown.topics) held.set(topic, reason);
      });
      throw new TopicsHeld(held);
    },
    async subscribe(options) {
      const format = formats.of(options.topic);
      const subscription = await bus.subscribe(options);
      return format === null ? subscription : mapDeliveries(subscription, isEncoded, (delivery) => patiently(clock, stopped, async () => format.decode(delivery)));
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

/** Whether its body is the topic's own message. What a claim stands for was not there (I39), and the error of a run that was asked has no format. */
const isEncoded = ({ headers, content }: Delivery): boolean => headers[CLAIM] === undefined && headers[REPLY_ERROR] === undefined && content === undefined;
