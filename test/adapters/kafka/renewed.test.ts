import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectKafka } from "../../../src/adapters/kafka/broker.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectionTo, unused } from "./harness.js";
import { startSecuredKafka } from "./secured.js";

describeOn("kafka", "Kafka: what lets flowctl in is renewed while it serves", () => {
  test("a password, its own certificate and whom it trusts are shown from the next connection on", { timeout: 240_000 }, async () => {
    await using server = await startSecuredKafka({ plain: { app: "geheim-1" }, scram: {} });
    let password = "geheim-1";
    const tls = (): NonNullable<BrokerConnection["tls"]> => ({ ca: server.authority.ca, serverName: "kafka.test", ...certificate });
    let certificate = server.authority.sign("DNS:flowctl.test");
    const byPassword = (): BrokerConnection => ({ ...connectionTo(server.at.saslOverTls), tls: tls(), username: "app", password, renewed: byPassword });
    const byCertificate = (): BrokerConnection => ({ ...connectionTo(server.at.tls), tls: tls(), renewed: byCertificate });
    const users = [];
    for (const connection of [byPassword, byCertificate]) {
      const broker = await connectKafka(connection(), { clock: systemClock });
      const topic = unused();
      await broker.provisioner.apply([needOf(topic)]);
      await broker.bus.publish([message(topic, "k", 1)]);
      users.push({ broker, topic });
    }
    await server.renew({ app: "geheim-2" });
    password = "geheim-2";
    certificate = server.authority.sign("DNS:flowctl.test");
    for (const { broker, topic } of users) {
      await expect.poll(() => broker.bus.publish([message(topic, "k", 2)]).then(() => "published", String), { timeout: 60_000 }).toBe("published");
      const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
      expect((await reader.take(2)).map(numberOf)).toEqual([1, 2]);
      await reader.subscription.close();
      await broker[Symbol.asyncDispose]();
    }
  });
});
