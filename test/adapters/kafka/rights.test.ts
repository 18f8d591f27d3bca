import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { KafkaFailure, type Driver } from "../../../src/adapters/kafka/driver.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { promises } from "../../../src/adapters/kafka/promises.js";
import { needOf } from "../../conformance/broker.js";
import { connectionTo } from "./harness.js";

test("doctor names what this user may not read, before `run` ends of it", async () => {
  const forbidden = new Set<string>();
  const allowed = (what: string, type: string): void => {
    if (forbidden.has(what)) throw new KafkaFailure("no", type, undefined);
  };
  const driver: Driver = {
    ...createDriver(connectionTo("127.0.0.1:1"), systemClock),
    servers: async () => 3,
    partitions: async () => [{ partition: 0, replicas: 3, inSync: 3 }],
    config: async () => new Map([["min.insync.replicas", "2"]]),
    ranges: async () => [{ partition: 0, low: 0, high: 7 }],
    read: async (topic) => (allowed(topic, "TOPIC_AUTHORIZATION_FAILED"), new Map()),
    committed: async (group) => (allowed(group, "GROUP_AUTHORIZATION_FAILED"), new Map()),
  };
  const missing = async (): Promise<readonly string[]> => (await promises(driver, [needOf("t", "g", "h"), needOf("out")])).filter((one) => one.is === "missing").map(({ what, says }) => `${what}: ${says}`);
  expect(await missing()).toEqual([]);
  for (const what of ["t", "h@t", "out"]) forbidden.add(what);
  const says = "this user may not read it: give it `READ`";
  expect(await missing()).toEqual([`topic t: ${says}`, `group h@t: ${says}`]);
});
