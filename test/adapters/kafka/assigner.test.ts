import { expect, test } from "vitest";
import { shares } from "../../../src/adapters/kafka/kafkajs/assigner.js";

const TWELVE = Array.from({ length: 12 }, (_, at) => at);
const sharesOf = (had: Readonly<Record<string, readonly number[]>>, partitions: readonly number[] = TWELVE): Record<string, readonly number[]> =>
  Object.fromEntries(shares(Object.entries(had).map(([memberId, held]) => ({ memberId, had: held })), partitions).map(({ memberId, gets }) => [memberId, gets.toSorted((a, b) => a - b)]));

test("one member has everything", () => {
  expect(sharesOf({ a: [] })).toEqual({ a: TWELVE });
});
test("who comes gets a share, the others keep theirs", () => {
  expect(sharesOf({ a: TWELVE, b: [] })).toEqual({ a: [0, 1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10, 11] });
  const { a, b, c } = sharesOf({ a: [0, 1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10, 11], c: [] });
  expect([a, b]).toEqual([[0, 1, 2, 3], [6, 7, 8, 9]]);
  expect(c).toEqual([4, 5, 10, 11]);
});
test("who leaves is shared out, and nothing else moves", () => {
  expect(sharesOf({ a: [0, 1, 2, 3], c: [4, 5, 10, 11] })).toEqual({ a: [0, 1, 2, 3, 6, 7], c: [4, 5, 8, 9, 10, 11] });
});
test("shares differ by one at most, each partition has one member, and more members than partitions is no harm", () => {
  for (const members of [1, 2, 3, 5, 7, 12, 15]) {
    const had = Object.fromEntries(Array.from({ length: members }, (_, at) => [`m${at}`, at % 2 === 0 ? TWELVE : [at, at + 1]]));
    const all = Object.values(sharesOf(had));
    expect(all.flat().toSorted((a, b) => a - b)).toEqual(TWELVE);
    const sizes = all.map((gets) => gets.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});
