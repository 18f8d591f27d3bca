import { expect, test } from "vitest";
import { createHeap } from "../../../src/runtime/live/heap.js";

test("a heap that was thinned out still gives what is due first", () => {
  const heap = createHeap();
  for (let at = 500; at > 0; at -= 1) heap.push({ run: `r${at}`, at: (at * 37) % 501 });
  heap.keep(({ at }) => at % 2 === 0);
  heap.push({ run: "new", at: 3 });
  expect(heap.size()).toBe(251);
  const order: number[] = [];
  for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
    order.push(next.at);
    heap.pop();
  }
  expect(order).toEqual([2, 3, ...Array.from({ length: 249 }, (_, index) => index * 2 + 4)]);
});
