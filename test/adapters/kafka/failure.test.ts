import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { failure } from "../../../src/adapters/kafka/kafkajs/failure.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import { describeOn } from "../../support/servers.js";
import { connectionTo, unused } from "./harness.js";

const typed = (...types: readonly string[]): Error => Object.assign(new Error("Topic errors"), { errors: types.map((type) => Object.assign(new Error(type), { type })) });
const ofTopics = (count: number): Error => Object.assign(new Error("Topic errors"), { errors: Array.from({ length: count }, (_, at) => Object.assign(new Error("no leader"), { topic: `t${at}` })) });

test("of several topics each reason is told, of very many the first five and how many more there are", () => {
  expect(failure(ofTopics(2)).message).toBe("`t0`: no leader; `t1`: no leader");
  expect(failure(ofTopics(1200)).message).toBe("`t0`: no leader; `t1`: no leader; `t2`: no leader; `t3`: no leader; `t4`: no leader; 1195 more");
});

test("what several topics have in common is the kind of the failure; those that are there already have none", () => {
  expect(failure(typed("NOT_CONTROLLER", "NOT_CONTROLLER")).type).toBe("NOT_CONTROLLER");
  expect(failure(typed("TOPIC_ALREADY_EXISTS", "INVALID_REPLICATION_FACTOR")).type).toBe("INVALID_REPLICATION_FACTOR");
  expect(failure(typed("TOPIC_AUTHORIZATION_FAILED", "INVALID_REPLICATION_FACTOR")).type).toBeNull();
});

describeOn("kafka", "a controller that knows too few servers", (url) => {
  test("is asked for the topic again, for as long as they may be starting", async () => {
    let waited = 0;
    const after: Clock["after"] = (ms, fire) => {
      waited += ms;
      return systemClock.after(0, fire);
    };
    await using driver = createDriver(connectionTo(url), { ...systemClock, after });
    await expect(driver.create([{ topic: unused(), partitions: 1, replicas: 3, config: {} }])).rejects.toThrow("Replication-factor is invalid");
    expect(waited).toBe(29_900);
  });
});
