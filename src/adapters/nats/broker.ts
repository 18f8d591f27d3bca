import { jetstreamManager } from "@nats-io/jetstream";
import type { BrokerConnection } from "../../core/broker.js";
import type { Broker } from "../../core/ports/broker.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Random } from "../../core/ports/random.js";
import { createNatsBus } from "./bus.js";
import { connectTo } from "./connect.js";
import { led, needLed } from "./led.js";
import { watchLink } from "./link.js";
import { promises } from "./promises.js";
import { createProvisioner } from "./provisioner.js";
import { createTopicReader } from "./topic-reader.js";

/** JetStream of one server or cluster. Rejects with FC6043 when it cannot be used now; after that it is waited for. */
export async function connectNats(connection: BrokerConnection, ports: { readonly clock: Clock; readonly random: Random }): Promise<Broker> {
  const nc = await connectTo(connection);
  const jsm = await jetstreamManager(nc, { timeout: 5000, checkAPI: false });
  const link = watchLink(nc);
  const bus = createNatsBus(nc, jsm, link, ports);
  const { clock } = ports;
  const topics = createTopicReader(nc, jsm, link, clock);
  const provisioner = createProvisioner(nc, jsm, connection.topics);
  return {
    bus,
    topics: { topics: () => led(clock, topics.topics), messages: (topic, which) => led(clock, () => topics.messages(topic, which)) },
    // What is there is looked at first, each time.
    provisioner: { plan: (needs) => needLed(clock, () => provisioner.plan(needs)), apply: (needs) => needLed(clock, () => provisioner.apply(needs)) },
    promises: (needs) => needLed(clock, () => promises(nc, jsm, connection, needs)),
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      await nc.close();
    },
  };
}
