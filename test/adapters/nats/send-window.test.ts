import { expect, test } from "vitest";
import { createSendWindow, laneOf, type Entry } from "../../../src/adapters/nats/send-window.js";

let order = 0;
const entry = (id: string, topic: string, { lane = true, size = 1 } = {}): Entry => {
  const message = { topic, key: "k", id, headers: {}, body: "1" };
  return { message, order: (order += 1), lane: lane ? laneOf(message) : null, size };
};
const idOf = (one: Entry): string => one.message.id;

/** Takes all that may go now. */
function takeAll(window: ReturnType<typeof createSendWindow>, now = 0): readonly { readonly key: string; readonly entry: Entry }[] {
  const taken = [];
  for (let one = window.take(now); one !== null; one = window.take(now)) taken.push(one);
  return taken;
}

test("of a lane one is under way at a time, what has none goes at once", () => {
  const window = createSendWindow();
  for (const one of [entry("a1", "a"), entry("a2", "a"), entry("b1", "b"), entry("c1", "c", { lane: false }), entry("c2", "c", { lane: false })]) window.add(one);
  const [first, ...others] = takeAll(window);
  expect([first, ...others].map((one) => one && idOf(one.entry))).toEqual(["a1", "b1", "c1", "c2"]);
  const landed = window.land(first?.key ?? "");
  if (landed !== undefined) window.free(landed);
  expect(takeAll(window).map((one) => idOf(one.entry))).toEqual(["a2"]);
  expect(window.flying()).toBe(4);
});

test("no more bytes are under way than the server can keep", () => {
  const window = createSendWindow();
  for (const id of ["1", "2", "3"]) window.add(entry(id, "a", { lane: false, size: 5 * 1024 * 1024 }));
  const taken = takeAll(window);
  expect(taken.map((one) => idOf(one.entry))).toEqual(["1", "2"]);
  window.land(taken[0]?.key ?? "");
  expect(takeAll(window).map((one) => idOf(one.entry))).toEqual(["3"]);
});

test("what failed goes again before what came after it, with what waited behind it in its lane", () => {
  const window = createSendWindow();
  for (const one of [entry("a1", "a"), entry("a2", "a"), entry("b1", "b")]) window.add(one);
  for (const { key } of takeAll(window, 7)) {
    const landed = window.land(key);
    if (landed !== undefined) window.fail(landed);
  }
  window.add(entry("b2", "b"));
  window.rewind();
  const again = takeAll(window, 9);
  expect(again.map((one) => idOf(one.entry))).toEqual(["a1", "b1"]);
  expect([window.sentBefore(8), window.sentBefore(9)]).toEqual([[], again.map(({ key }) => key)]);
  expect(window.clear().map(idOf).toSorted()).toEqual(["a1", "a2", "b1", "b2"]);
  expect(takeAll(window)).toEqual([]);
});

test("a topic is taken out wherever its messages are, and the others stay", () => {
  const window = createSendWindow();
  for (const one of [entry("a1", "a"), entry("a2", "a"), entry("b1", "b"), entry("b2", "b")]) window.add(one);
  const [flying] = takeAll(window);
  window.add(entry("a3", "a"));
  expect(window.without("a").map(idOf)).toEqual(["a1", "a2", "a3"]);
  expect(window.land(flying?.key ?? "")).toBeUndefined();
  expect(window.flying()).toBe(1);
  // The lane is free for who comes next.
  window.add(entry("a4", "a"));
  expect(takeAll(window).map((one) => idOf(one.entry))).toEqual(["a4"]);
});

test("where answers do not come in time less is under way, and more again where they come soon", () => {
  const window = createSendWindow();
  const size = 100 * 1024;
  for (let n = 0; n < 100; n += 1) window.add(entry(String(n), "a", { lane: false, size }));
  const first = takeAll(window);
  expect(first).toHaveLength(82);
  window.narrow();
  for (const { key } of first) {
    const landed = window.land(key);
    if (landed !== undefined) window.fail(landed);
  }
  window.rewind();
  const fewer = takeAll(window, 10_000);
  expect(fewer).toHaveLength(41);
  // One comes late, one soon.
  window.land(fewer[0]?.key ?? "", 14_000);
  expect(takeAll(window, 14_000)).toHaveLength(1);
  window.land(fewer[1]?.key ?? "", 10_200);
  expect(takeAll(window, 14_000)).toHaveLength(2);
});
