import { expect, test } from "vitest";
import { positionOf, storedOf } from "../../../src/adapters/kafka/kafkajs/stored-position.js";

const POSITION = { offset: 8, last: { offset: 6, timestamp: 1_795_000_000_000 } };

test("a position comes back with the record below it", () => {
  expect(positionOf(storedOf(POSITION))).toEqual(POSITION);
  expect(positionOf(storedOf({ offset: 8, last: null }))).toEqual({ offset: 8, last: null });
});

test.each([
  ["of another number, which a tool that moves a group may leave", { ...storedOf(POSITION), offset: "7" }],
  ["of another program", { offset: "8", metadata: "event-8" }],
  ["that is empty, as other clients write it", { offset: "8", metadata: "" }],
])("a note %s says nothing", (_, stored) => {
  expect(positionOf(stored)).toEqual({ offset: Number(stored.offset), last: null });
});
