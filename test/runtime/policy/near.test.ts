import { expect, test } from "vitest";
import { flow, start } from "../run/run-world.js";

const each = (tool: string): string => flow(`- { id: all, map: { over: "[0, 1, 2, 3]", as: x, join: settled }, do: [ { id: s, tool: ${tool}, with: { n: "\${x}" }, policy: p } ] }`, "policies: { p: { concurrency: 1 } }");

/** Lets one call after the other end; gives which intents and which calls there are before each. */
async function steps(tool: "k" | "w"): Promise<readonly (readonly [number, number])[]> {
  const held: PromiseWithResolvers<{ n: number }>[] = [];
  const running = start(each(tool), {
    tools: {
      [tool]: () => {
        const one = Promise.withResolvers<{ n: number }>();
        held.push(one);
        return one.promise;
      },
    },
  });
  const seen: (readonly [number, number])[] = [];
  for (let at = 0; at < 4; at += 1) {
    await running.clock.advance(0);
    seen.push([running.events.filter(({ type, path }) => type === "step.started" && path !== "all").length, held.length]);
    held[at]?.resolve({ n: 1 });
  }
  await running.done;
  return seen;
}

test("who gets the next place of a policy has its intent on disk by then, where a crash is settled by its key (I20)", async () => {
  expect(await steps("k")).toEqual([[2, 1], [3, 2], [4, 3], [4, 4]]);
  expect(await steps("w")).toEqual([[1, 1], [2, 2], [3, 3], [4, 4]]);
});

test("one that is cancelled before its place comes is not sent, and its record says so", async () => {
  const one = (id: string): string => flow(`- { id: ${id}, tool: k, with: { n: 1 }, policy: p }`, "policies: { p: { concurrency: 1 } }");
  const held = Promise.withResolvers<{ n: number }>();
  const first = start(one("a"), { tools: { k: () => held.promise } });
  await first.clock.advance(0);
  const second = start(one("b"), { ports: first.ports, clock: first.clock });
  await first.clock.advance(0);
  expect(second.events.map(({ type }) => type)).toContain("step.started");
  second.cancel();
  expect((await second.done).status).toBe("cancelled");
  held.resolve({ n: 1 });
  expect((await first.done).status).toBe("completed");
  expect(second.events.find(({ type }) => type === "step.cancelled")?.data).toMatchObject({ outcome: "not_applied" });
  expect(first.effects).toEqual(["k a#1"]);
});

test("a run that was let go while it waited for its place writes nothing more: whoever has it now does", async () => {
  const one = (id: string): string => flow(`- { id: ${id}, tool: k, with: { n: 1 }, policy: p }`, "policies: { p: { concurrency: 1 } }");
  const held: PromiseWithResolvers<{ n: number }>[] = [];
  const tools = {
    k: () => {
      const call = Promise.withResolvers<{ n: number }>();
      held.push(call);
      return call.promise;
    },
  };
  const first = start(one("a"), { tools });
  await first.clock.advance(0);
  const second = start(one("b"), { ports: first.ports, clock: first.clock });
  const third = start(one("c"), { ports: first.ports, clock: first.clock });
  await first.clock.advance(0);
  third.drop();
  // It is near, and then has its place.
  for (const running of [first, second]) {
    held.shift()?.resolve({ n: 1 });
    expect((await running.done).status).toBe("completed");
    await first.clock.advance(0);
  }
  expect(third.events.map(({ type }) => type)).not.toContain("step.started");
  expect(first.effects).toEqual(["k a#1", "k b#1"]);
});
