import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { world } from "../../support/runtime.js";

const FLOW = `
flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } } }, out: {} }
on: { topic: in, dedupe: { key: msg.id, ttl: 1h } }
steps: [ { emit: out, with: { id: "\${input.id}" } } ]
`;

test("I17: two messages with one key that two processes take at the same moment emit under one id; past the key's time under another", async () => {
  // Each looks before the other has put the key down.
  const store = { ...createMemoryStore(), seen: async () => new Set<string>() };
  const p = world(FLOW, {}, { store });
  await p.runtime.start();
  for (let time = 0; time < 2; time += 1) {
    await p.send("in", [{ id: "a" }]);
    await p.settle();
  }
  await p.clock.advance(3_600_000);
  await p.send("in", [{ id: "a" }]);
  await p.settle();
  const [first, second, third] = (await p.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"]);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});
