import { expect, test } from "vitest";
import { readAhead } from "../../../src/runtime/trigger/read-ahead.js";

test("the next one is asked for when one is handed over, and no more than that", async () => {
  const asked: number[] = [];
  async function* source(): AsyncGenerator<number> {
    for (let at = 1; at <= 4; at += 1) {
      asked.push(at);
      yield at;
    }
  }
  const seen: [number, readonly number[]][] = [];
  for await (const one of readAhead(source())) seen.push([one, asked.slice()]);
  expect(seen).toEqual([
    [1, [1, 2]],
    [2, [1, 2, 3]],
    [3, [1, 2, 3, 4]],
    [4, [1, 2, 3, 4]],
  ]);
});
test("what the source throws is heard behind what came before it; whoever stops hears nothing of it", async () => {
  async function* source(): AsyncGenerator<number> {
    yield 1;
    throw new Error("away");
  }
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const one of readAhead(source())) seen.push(one);
  };
  await expect(read()).rejects.toThrow("away");
  for await (const one of readAhead(source())) {
    seen.push(one);
    break;
  }
  expect(seen).toEqual([1, 1]);
});
