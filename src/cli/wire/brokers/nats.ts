import type { BrokerConnection } from "../../../core/broker.js";
import type { Broker } from "../../../core/ports/broker.js";
import { systemClock } from "../../../adapters/clock/system.js";
import { systemRandom } from "../../../adapters/random/system.js";

export async function openNats(connection: BrokerConnection): Promise<Broker> {
  const { connectNats } = await import("../../../adapters/nats/broker.js");
  return await connectNats(connection, { clock: systemClock, random: systemRandom });
}
