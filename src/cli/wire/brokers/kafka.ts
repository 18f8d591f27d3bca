import type { BrokerConnection } from "../../../core/broker.js";
import type { Broker } from "../../../core/ports/broker.js";
import { systemClock } from "../../../adapters/clock/system.js";

export async function openKafka(connection: BrokerConnection): Promise<Broker> {
  const { connectKafka } = await import("../../../adapters/kafka/broker.js");
  return connectKafka(connection, { clock: systemClock });
}
