import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { KafkaFailure, type Driver, type Producer } from "../../../src/adapters/kafka/driver.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { createPlaces } from "../../../src/adapters/kafka/places.js";
import { createPublisher } from "../../../src/adapters/kafka/publisher.js";
import { turns } from "../../support/virtual-clock.js";
import { connectionTo } from "./harness.js";

const message = (id: string) => ({ topic: "t", key: "k", id, headers: {}, body: id });

test("I22: after a send of which nothing is known all that waits behind it is rejected, and goes by another producer", async () => {
  const answer = Promise.withResolvers<void>();
  const did: string[] = [];
  let made = 0;
  async function producer(): Promise<Producer> {
    const name = (made += 1);
    return {
      async send(records) {
        did.push(...records.map(({ value }) => `${name} sends ${String(value)}`));
        if (name === 1) await answer.promise;
      },
      close: async () => void did.push(`${name} closes`),
    };
  }
  const driver: Driver = { ...createDriver(connectionTo("127.0.0.1:1"), systemClock), producer, partitions: async () => [{ partition: 0, replicas: 1, inSync: 1 }] };
  const publisher = createPublisher(driver, createPlaces(driver, systemClock), systemClock);
  const first = expect(publisher.publish([message("a")])).rejects.toThrow("connection lost");
  await turns();
  const behind = expect(publisher.publish([message("b")])).rejects.toThrow("connection lost");
  answer.reject(new KafkaFailure("connection lost", null, undefined));
  await Promise.all([first, behind]);
  await publisher.publish([message("a"), message("b")]);
  expect(did).toEqual(["1 sends a", "1 closes", "2 sends a", "2 sends b"]);
  await publisher.close();
});
