import { expect, test } from "vitest";
import type { NewTopic } from "../../../src/adapters/kafka/driver.js";
import { requestsOf } from "../../../src/adapters/kafka/kafkajs/requests-of.js";

const topics = (...partitions: readonly number[]): readonly NewTopic[] => partitions.map((count, at) => ({ topic: `t${at}`, partitions: count, replicas: 1, config: {} }));
const sizes = (all: readonly NewTopic[]): readonly number[] => requestsOf(all).map((some) => some.reduce((sum, { partitions }) => sum + partitions, 0));

test("a controller refuses 10,000 partitions in a request: a thousand topics of twelve are made in several", () => {
  const all = topics(...Array.from({ length: 1000 }, () => 12));
  expect(Math.max(...sizes(all))).toBeLessThanOrEqual(1000);
  expect(requestsOf(all).flat()).toEqual(all);
});

test("few are one request, and a topic that has more by itself is one too", () => {
  expect(requestsOf(topics(12, 12, 12))).toHaveLength(1);
  expect(sizes(topics(12, 2000, 12, 500, 488))).toEqual([12, 2000, 1000]);
  expect(requestsOf([])).toEqual([]);
});
