import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { Broker } from "../../core/ports/broker.js";
import type { Clock } from "../../core/ports/clock.js";
import { createKafkaBus } from "./bus.js";
import { hostOf } from "./kafkajs/client.js";
import { createDriver } from "./kafkajs/driver.js";
import { promises } from "./promises.js";
import { createProvisioner } from "./provisioner.js";
import { refusalOf } from "./refusal.js";
import { createTopicReader } from "./topic-reader.js";

/** One cluster. Rejects with FC6043 when it cannot be used now; after that it is waited for. */
export async function connectKafka(connection: BrokerConnection, { clock }: { readonly clock: Clock }): Promise<Broker> {
  const driver = createDriver(connection, clock);
  try {
    await driver.servers();
  } catch (cause) {
    await driver[Symbol.asyncDispose]();
    const { says, hint } = refusalOf(connection, cause);
    throw new InfraError("FC6043", `The Kafka server ${connection.urls.map(hostOf).join(", ")} ${says}.`, { hint, cause });
  }
  const bus = createKafkaBus(driver, clock);
  return {
    bus,
    topics: createTopicReader(driver),
    provisioner: createProvisioner(driver, connection.topics),
    promises: (needs) => promises(driver, needs),
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      await driver[Symbol.asyncDispose]();
    },
  };
}
