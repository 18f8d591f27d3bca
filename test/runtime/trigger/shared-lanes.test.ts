import { expect, test } from "vitest";
import { createSharedLanes } from "../../../src/runtime/trigger/shared-lanes.js";
import { turns } from "../../support/virtual-clock.js";

function lanes() {
  /** As the store has them: the first is the head. */
  const stored = new Map<string, string[]>();
  const begun: string[] = [];
  const made = createSharedLanes({
    laneHead: async (lane) => stored.get(lane)?.[0] ?? null,
    room: () => undefined,
    failed: (cause) => {
      throw cause;
    },
  });
  const withdrawn: string[] = [];
  const enter = (run: string, lane: string): void => made.enter({ run, start: () => undefined, entrance: { enter: () => void begun.push(run), withdraw: () => void withdrawn.push(run) } }, lane);
  return { stored, begun, withdrawn, made, enter };
}

test("I18: only the run that the store says is first begins, whichever process has the others", async () => {
  const { stored, begun, made, enter } = lanes();
  stored.set("l", ["theirs", "a", "b"]);
  enter("b", "l");
  enter("a", "l");
  await turns();
  expect([begun, made.still()]).toEqual([[], 2]);
  stored.set("l", ["a", "b"]);
  made.look("l");
  await turns();
  expect(begun).toEqual(["a"]);
  stored.set("l", ["b"]);
  made.leave("a", "l");
  await turns();
  expect([begun, made.still()]).toEqual([["a", "b"], 0]);
});

test("one that had its turn goes on after a rest; one whose shard is gone is not waited for", async () => {
  const { stored, begun, made, enter } = lanes();
  stored.set("l", ["a", "b", "c"]);
  enter("a", "l");
  enter("b", "l");
  enter("c", "l");
  await turns();
  enter("a", "l");
  await turns();
  expect(begun).toEqual(["a", "a"]);
  made.forget("a", "l");
  made.forget("b", "l");
  stored.set("l", ["c"]);
  made.look(null);
  await turns();
  expect(begun).toEqual(["a", "a", "c"]);
});

test("behind one that waits for something outside nothing goes on, until it does", async () => {
  const { stored, made, enter } = lanes();
  stored.set("l", ["a", "b"]);
  enter("a", "l");
  enter("b", "l");
  await turns();
  expect(made.still()).toBe(0);
  made.rest("a", "l");
  expect(made.still()).toBe(1);
  enter("a", "l");
  expect(made.still()).toBe(0);
});

test("what changes while it is asked is asked again", async () => {
  const { stored, begun, made, enter } = lanes();
  stored.set("l", ["theirs", "a"]);
  enter("a", "l");
  stored.set("l", ["a"]);
  made.look("l");
  await turns();
  expect(begun).toEqual(["a"]);
});

test("while the store is asked whose turn it is, what waits may go on; behind another process's run it does not", async () => {
  const { stored, made, enter } = lanes();
  stored.set("l", ["theirs", "a"]);
  enter("a", "l");
  expect(made.still()).toBe(0);
  await turns();
  expect(made.still()).toBe(1);
});

test("as many lanes as there may be parked runs", () => {
  const { made, enter } = lanes();
  for (let lane = 0; lane < 150_000; lane += 1) enter(`run${lane}`, `lane${lane}`);
  expect(made.crowded()).toBe(false);
  for (let at = 0; at < 100; at += 1) enter(`behind${at}`, "lane7");
  expect(made.crowded()).toBe(true);
});

test("one that is looked up again while it waits for its turn waits once; one that had its turn and whose shard is gone keeps nobody waiting", async () => {
  const { stored, begun, withdrawn, made, enter } = lanes();
  stored.set("l", ["a", "b"]);
  enter("a", "l");
  enter("b", "l");
  enter("b", "l");
  await turns();
  expect([begun, withdrawn, made.still()]).toEqual([["a"], ["b"], 0]);
  made.forget("a", "l");
  // It goes on elsewhere: nothing here does before it has ended there.
  expect(made.still()).toBe(1);
  made.forget("b", "l");
  expect(withdrawn).toEqual(["b", "b"]);
});
