import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { groupId } from "../../../src/adapters/kafka/group-id.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { startsOf } from "../../../src/adapters/kafka/positions.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, connectionTo, unused } from "./harness.js";

describeOn("kafka", "where a group of Kafka begins", (url) => {
  test("is stored when it is first subscribed to: one that dies before it has joined takes nothing with it", async () => {
    await using broker = await connectAt(url);
    await using driver = createDriver(connectionTo(url), systemClock);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, `k${at}`, at)));
    await publish(1, 2, 3);
    // All that a process did that then died.
    await startsOf(driver, topic, groupId("g", topic), "latest", new Map());
    await publish(4, 5);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "latest", maxBatch: 10 }));
    expect((await reader.take(2)).map(numberOf).toSorted()).toEqual([4, 5]);
    // Where it has members, nobody else says where it is.
    expect(await driver.begin(groupId("g", topic), topic, new Map([[0, { offset: 0, last: null }]]))).toBe(false);
    await reader.subscription.close();
  });
});
