import { expect, test } from "vitest";
import { createLanes } from "../../../src/runtime/trigger/lanes.js";
import { createSlots, type Slots } from "../../../src/runtime/trigger/slots.js";
import { virtualClock } from "../../support/virtual-clock.js";

const noLanes = createLanes({ laneHead: async () => null, room: () => undefined, failed: () => undefined });

/** Runs begin one at a time; gives them in the order in which they began. */
async function order(fill: (enter: (run: string, woken?: boolean) => void, slots: Slots) => void): Promise<readonly string[]> {
  const clock = virtualClock();
  const began: string[] = [];
  const slots = createSlots(1, 64, { clock, lanes: noLanes, share: () => 1, room: () => undefined });
  const enter = (run: string, woken = false): void =>
    slots.enter(
      run,
      null,
      () => {
        began.push(run);
        clock.nextTurn(() => slots.rest(run, null));
      },
      woken,
    );
  fill(enter, slots);
  while (slots.load() > 0) await clock.advance(1);
  return began;
}

test("I15: a run that was woken does not wait behind all that have not begun, nor they behind all that were woken", async () => {
  const waiting = (enter: (run: string, woken?: boolean) => void): void => {
    for (let at = 0; at < 1000; at += 1) enter(`new ${at}`);
  };
  const one = await order((enter) => {
    waiting(enter);
    enter("woken", true);
  });
  expect(one.indexOf("woken")).toBeLessThan(3);
  expect(one.filter((run) => run !== "woken")).toEqual(Array.from({ length: 1000 }, (_, at) => `new ${at}`));
  const many = await order((enter) => {
    for (let at = 0; at < 1000; at += 1) enter(`woken ${at}`, true);
    enter("new");
  });
  expect(many.indexOf("new")).toBeLessThan(3);
  expect(many.filter((run) => run !== "new")).toEqual(Array.from({ length: 1000 }, (_, at) => `woken ${at}`));
});

test("I19: what waits for its place is load, whichever way it came", async () => {
  const loads: number[] = [];
  await order((enter, slots) => {
    for (const woken of [true, false, true]) {
      enter(`run ${loads.length}`, woken);
      loads.push(slots.load());
    }
  });
  expect(loads).toEqual([1, 2, 3]);
});

test("I19: of processes that divide the places each begins its share, and more when it gets more", () => {
  const clock = virtualClock();
  let share = 0.5;
  let began = 0;
  const slots = createSlots(5, 64, { clock, lanes: noLanes, share: () => share, room: () => undefined });
  for (let at = 0; at < 10; at += 1) slots.enter(`run ${at}`, null, () => (began += 1));
  expect(began).toBe(3);
  share = 1;
  expect(began).toBe(3);
  slots.reshare();
  expect(began).toBe(5);
  // Nothing ends because there is less, and one whose last shards go has a place for what it still has.
  share = 0;
  slots.reshare();
  for (let at = 0; at < 5; at += 1) slots.rest(`run ${at}`, null);
  expect(began).toBe(6);
});

test("I19: one that may rest keeps its place until another wants it, and longer where it goes on", () => {
  const clock = virtualClock();
  const began: string[] = [];
  const slots = createSlots(1, 64, { clock, lanes: noLanes, share: () => 1, room: () => undefined });
  const enter = (run: string): void => slots.enter(run, null, () => void began.push(run));
  const linger = (run: string): void => slots.linger(run, () => slots.rest(run, null));
  enter("a");
  linger("a");
  expect(slots.load()).toBe(0);
  enter("b");
  expect(began).toEqual(["a", "b"]);
  enter("c");
  linger("b");
  expect(began).toEqual(["a", "b", "c"]);
  linger("c");
  slots.stay("c");
  enter("d");
  expect(began).toEqual(["a", "b", "c"]);
  slots.rest("c", null);
  expect(began).toEqual(["a", "b", "c", "d"]);
});

test("I19: of a run that is there twice for a moment, as when its message comes again, each gives back its own place", async () => {
  const clock = virtualClock();
  const began: string[] = [];
  const slots = createSlots(2, 64, { clock, lanes: noLanes, share: () => 1, room: () => undefined });
  for (const run of ["a", "a", "b"]) slots.enter(run, null, () => void began.push(run));
  slots.rest("a", null);
  expect([began, slots.load()]).toEqual([["a", "a", "b"], 2]);
  slots.enter("c", null, () => void began.push("c"));
  expect(began).toEqual(["a", "a", "b"]);
  slots.rest("a", null);
  await clock.advance(1);
  expect(began).toEqual(["a", "a", "b", "c"]);
});

test("I19: one that leaves while it may rest is no place too many", () => {
  const clock = virtualClock();
  const given: string[] = [];
  const slots = createSlots(1, 64, { clock, lanes: noLanes, share: () => 1, room: () => undefined });
  slots.enter("a", null, () => undefined);
  slots.linger("a", () => void given.push("a"));
  // Its shard is another process's.
  slots.rest("a", null);
  slots.enter("b", null, () => undefined);
  expect(slots.load()).toBe(1);
  slots.enter("c", null, () => undefined);
  expect([given, slots.load()]).toEqual([[], 2]);
});
