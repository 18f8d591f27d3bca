import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: in
steps: [ { tool: r, with: "\${input}" } ]
`;

test("messages that could not be handled come again, and only so many times in a row as no outage takes", async () => {
  const inner = createMemoryStore();
  let refused = 0;
  const store: Store = {
    ...inner,
    async commit(items) {
      if (refused === 0 || !items.some(({ expectedSeq }) => expectedSeq < 0)) return inner.commit(items);
      refused -= 1;
      return items.map(() => "fenced");
    },
  };
  const w = world(FLOW, { r: (input) => input }, { store });
  await w.runtime.start();
  const many = 40;
  for (let at = 0; at < many; at += 1) {
    // What begins with its admission, and what is admitted alone behind it.
    refused = 2;
    await w.send("in", [{ id: `m${at}` }]);
    await w.clock.advance(2_000);
  }
  await w.settle();
  expect(refused).toBe(0);
  expect(w.runtime.stats()).toMatchObject({ completed: many });
  await w.runtime.close();
});
