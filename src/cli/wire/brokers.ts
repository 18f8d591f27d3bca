import type { BrokerConnection, BrokerKind } from "../../core/broker.js";
import type { Broker } from "../../core/ports/broker.js";
import { openKafka } from "./brokers/kafka.js";
import { openNats } from "./brokers/nats.js";
import { openRedis } from "./brokers/redis.js";

/** Every broker that has an adapter, a file each; its client library is loaded when a profile names it. */
export const BROKERS: Readonly<Record<BrokerKind, (connection: BrokerConnection) => Promise<Broker>>> = { kafka: openKafka, nats: openNats, redis: openRedis };
