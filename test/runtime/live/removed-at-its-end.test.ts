import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { turns } from "../../support/virtual-clock.js";
import { world } from "../../support/runtime.js";

const flow = (more: string, steps: string): string => `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } }, key: "'k'" } }
tools: { put: { module: ./tools.ts#put, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: write, idempotency: key } }
on: { topic: in${more} }
steps:
${steps.trim().replaceAll(/^/gm, "  ")}
`;

/** The reply to the first run's end is lost, and all that has ended is removed before it is asked again. */
function losesAnEnd() {
  const inner = createMemoryStore();
  let removed = 0;
  const store: Store = {
    ...inner,
    async commit(items) {
      const results = await inner.commit(items);
      if (removed > 0 || !items.some(({ events }) => events.at(-1)?.type === "run.finished")) return results;
      removed = await inner.prune({ before: Number.MAX_SAFE_INTEGER }, 100, 0);
      throw new Error("the connection was cut");
    },
  };
  return { store, removed: () => removed };
}

test.each([
  ["lane", flow(", ordering: key", '- { id: a, tool: put, with: { n: "${input.n}" } }')],
  ["lock", flow("", `- { id: a, tool: put, with: { n: "\${input.n}" }, lock: "'till'" }`)],
])("I2: a run that is removed before its end is heard of has ended: its %s is the next one's", async (_, text) => {
  const { store, removed } = losesAnEnd();
  const done: unknown[] = [];
  const one = world(text, { put: (input) => (done.push(input), input) }, { store });
  await one.runtime.start();
  await one.send("in", [{ n: 1 }, { n: 2 }]);
  await turns(20);
  await one.clock.advance(1_000);
  await one.settle();
  expect(removed()).toBe(1);
  expect(done).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await store.runs({ limit: 9 })).toMatchObject([{ status: "completed" }]);
  expect(one.runtime.stats()).toMatchObject({ completed: 2 });
  await one.runtime.close();
});
