import fc from "fast-check";
import { expect, test } from "vitest";
import { createTracker } from "../../../src/adapters/kafka/tracker.js";

// A place in the log: how far it is behind the one before, and what becomes of it, in an order of its own.
const places = fc.array(fc.record({ gap: fc.constantFrom(1, 1, 1, 1, 2, 9), rank: fc.double({ noNaN: true }), back: fc.boolean() }), { minLength: 1, maxLength: 60 });

test("whatever the order and the gaps, the position is behind the first that is not acknowledged", () => {
  fc.assert(
    fc.property(places, fc.nat(50), fc.integer({ min: 1, max: 12 }), (list, start, width) => {
      const tracker = createTracker(0, start);
      let end = start;
      const offsets = list.map(({ gap }) => (end += gap));
      const open = new Set<number>();
      for (let at = 0; at < offsets.length; at += width) {
        const part = offsets.slice(at, at + width);
        for (const offset of part) {
          tracker.delivered(offset, offset + 1, 0);
          open.add(offset);
        }
        // Some of each part stay for the next ones.
        const acked = [...open].sort((a, b) => (list[offsets.indexOf(a)]?.rank ?? 0) - (list[offsets.indexOf(b)]?.rank ?? 0)).slice(0, width - 1);
        for (const offset of acked) {
          if (list[offsets.indexOf(offset)]?.back === true) {
            expect([tracker.giveBack(offset), tracker.again(offset)]).toEqual([2, true]);
          }
          // At the reader, it does not come again.
          expect(tracker.again(offset)).toBe(false);
          tracker.ack(offset);
          open.delete(offset);
          expect([tracker.again(offset), tracker.giveBack(offset)]).toEqual([false, null]);
        }
        expect(tracker.giveBack(end + 1)).toBeNull();
        const delivered = offsets.slice(0, at + width);
        const firstOpen = delivered.find((offset) => open.has(offset));
        const before = firstOpen === undefined ? delivered : delivered.slice(0, delivered.indexOf(firstOpen));
        expect(tracker.position()).toBe((before.at(-1) ?? start - 1) + 1);
        expect([tracker.out(), tracker.ahead()]).toEqual([open.size, delivered.length - before.length - open.size]);
      }
    }),
  );
});

test("a million that are acknowledged in order leave nothing behind, and are found at once", () => {
  const tracker = createTracker(0, 0);
  for (let offset = 0; offset < 1_000_000; offset += 1000) {
    for (let at = offset; at < offset + 1000; at += 1) tracker.delivered(at, at + 1, 0);
    for (let at = offset; at < offset + 1000; at += 1) tracker.ack(at);
  }
  expect([tracker.position(), tracker.out(), tracker.ahead()]).toEqual([1_000_000, 0, 0]);
});
