import fc from "fast-check";
import kafkajs from "kafkajs";
import { expect, test } from "vitest";
import { partitionOf } from "../../../src/adapters/kafka/partition.js";

const place = kafkajs.Partitioners.DefaultPartitioner();
const released = (key: string, partitions: number): number =>
  place({ topic: "", partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] })), message: { key, value: null } });

test("a key goes where the library puts it", () => {
  const key = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom("", "\ud800", "ü", "e-1", "x".repeat(101)));
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 100 }), (one, partitions) => {
      expect(partitionOf(one, partitions)).toBe(released(one, partitions));
    }),
    { numRuns: 100 },
  );
});
test("and where Kafka's own client does: its test has these hashes", () => {
  const most = 0x7fff_ffff;
  const expected: readonly (readonly [string, number])[] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  expect(expected.map(([key]) => partitionOf(key, most))).toEqual(expected.map(([, hash]) => (hash & most) % most));
});
