import { expect, test } from "vitest";
import { createLanes, type Due } from "../../../src/runtime/trigger/lanes.js";

function lanes(order: readonly string[] = []) {
  const begun: string[] = [];
  const made = createLanes({
    laneHead: async () => order[0] ?? null,
    room: () => undefined,
    failed: (cause) => {
      throw cause;
    },
  });
  const entrance = { enter: ({ run }: Due) => void begun.push(run), withdraw: () => undefined };
  const job = (run: string) => ({ run, start: () => undefined, entrance });
  return { begun, made, enter: (run: string) => made.enter(job(run), "l"), job };
}

test("what waits behind one that rests does not go on by itself, until that one does", () => {
  const { begun, made, enter } = lanes();
  enter("a");
  enter("b");
  expect([begun, made.still()]).toEqual([["a"], 0]);
  made.rest("a", "l");
  expect(made.still()).toBe(1);
  enter("a");
  expect([begun, made.still()]).toEqual([["a", "a"], 0]);
  made.leave("a", "l");
  expect([begun, made.still()]).toEqual([["a", "a", "b"], 0]);
});

test("only the head opens its lane", () => {
  const { begun, made, enter } = lanes();
  for (const run of ["a", "b", "c"]) enter(run);
  made.leave("b", "l");
  made.rest("b", "l");
  expect([begun, made.still()]).toEqual([["a"], 0]);
  made.leave("a", "l");
  expect(begun).toEqual(["a", "b"]);
});

test("a lane that an earlier process left stays closed behind a run that cannot go on here", async () => {
  const { begun, made, job, enter } = lanes(["elsewhere"]);
  made.restore("l", null, [job("a"), job("b")]);
  await Promise.resolve();
  enter("c");
  expect([begun, made.still()]).toEqual([[], 3]);
});
