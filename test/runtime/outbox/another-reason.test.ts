import { expect, test } from "vitest";
import { world } from "../../support/runtime.js";

const FLOW = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: {} }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: { topic: in }
steps: [ { id: a, tool: r, with: "\${input}" }, { emit: out, with: "\${input}" } ]
`;

test("I40: a bus that goes on taking nothing for another reason says that one too", async () => {
  let why: string | null = null;
  const p = world(FLOW, { r: (input) => input }, {
    bus: (bus) => ({ ...bus, publish: (messages) => (why !== null && messages.some(({ topic }) => topic === "out") ? Promise.reject(new Error(why)) : bus.publish(messages)) }),
  });
  await p.runtime.start();
  why = "the connection is lost";
  await p.send("in", [{ id: "a" }]);
  await p.clock.advance(5000);
  // Why it is lost shows when it is made again; what changes within a moment is no news each time.
  why = "wrong password";
  await p.clock.advance(20_000);
  why = "wrong user";
  await p.clock.advance(60_000);
  expect(p.notices).toEqual(["the bus takes no messages: the connection is lost; runs wait until it does", "the bus takes no messages: wrong user; runs wait until it does"]);
  why = null;
  await p.settle();
  expect(p.notices.at(-1)).toBe("the bus takes messages again: runs go on");
  expect(await p.read("out")).toEqual([{ id: "a" }]);
});
