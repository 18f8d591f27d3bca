import type { BrokerConnection } from "../../../core/broker.js";
import type { Broker } from "../../../core/ports/broker.js";
import { systemClock } from "../../../adapters/clock/system.js";
import { systemRandom } from "../../../adapters/random/system.js";

export async function openRedis(connection: BrokerConnection): Promise<Broker> {
  const { connectRedis } = await import("../../../adapters/redis/broker.js");
  return connectRedis(connection, { clock: systemClock, random: systemRandom });
}
