import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { MAKES_TOPICS } from "../../core/broker.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Random } from "../../core/ports/random.js";
import { createOpenSubscriptions } from "../bus/subscriptions.js";
import { led } from "./led.js";
import type { Link } from "./link.js";
import { createMissed } from "./missed.js";
import { subscribeOrdered } from "./ordered.js";
import { createPublisher } from "./publisher.js";
import { subscribeSpread } from "./spread.js";
import type { StoodBy } from "./stood.js";
import { createStreams } from "./streams.js";

/**
 * Topics are subjects of streams.
 * - `publish` resolves when the server has stored all; repeated under an id within the stream's duplicate window a message
 *   is stored once.
 * - A group is a durable consumer that its members share; with `ordered`, a lease of which one member has its turn.
 * - What a member held that is gone without a word comes after 10 seconds.
 */
export function createNatsBus(nc: NatsConnection, jsm: JetStreamManager, link: Link, { clock, random }: { readonly clock: Clock; readonly random: Random }): Bus {
  const streams = createStreams(jsm);
  const publisher = createPublisher(nc, link, streams, clock);
  const subscriptions = createOpenSubscriptions();
  const stood: StoodBy = new Map();
  return {
    from: "latest",
    publish: publisher.publish,
    async subscribe({ topic, group, from, maxBatch, ordered, notice = () => undefined }) {
      const made = await led(clock, async () => {
        // Whoever reads anew may find another one.
        streams.forget(topic);
        const stream = await streams.of(topic);
        if (stream === null) throw new Error(`no stream takes \`${topic}\`: ${MAKES_TOPICS}`);
        const of = { stream: stream.name, topic, group, from, maxBatch, stood, missed: createMissed(jsm, clock, { stream: stream.name, topic, group, notice }) };
        return await (ordered === true ? subscribeOrdered(nc, jsm, link, clock, { ...of, owner: random.id() }) : subscribeSpread(nc, jsm, link, clock, of));
      });
      return subscriptions.opened(made);
    },
    async [Symbol.asyncDispose]() {
      publisher.close();
      await subscriptions.closeAll();
    },
  };
}
