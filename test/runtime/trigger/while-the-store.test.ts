import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

const flow = (ordering: string): string => `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { look: { module: ./tools.ts#look, input: In, output: In, effect: read } }
on: { topic: in${ordering}, concurrency: 2000 }
steps: [ { id: a, tool: look, with: "\${input}" } ]
`;

/** A commit is made when somebody lets it. */
async function slowStore({ ordering = "", alone = false }) {
  const inner = alone ? createMemoryStore() : lease(createMemoryStore()).store;
  const commits: (() => void)[] = [];
  const store: Store = {
    ...inner,
    async commit(items) {
      await new Promise<void>((resolve) => commits.push(resolve));
      return await inner.commit(items);
    },
  };
  const begun: string[] = [];
  let acknowledged = 0;
  const p = world(flow(ordering), { look: (input) => (begun.push(JSON.stringify(input)), input) }, {
    clock: virtualClock(),
    store,
    bus: (bus) => ({
      ...bus,
      async subscribe(options) {
        const made = await bus.subscribe(options);
        return {
          ...made,
          async ack(deliveries) {
            acknowledged += deliveries.length;
            await made.ack(deliveries);
          },
        };
      },
    }),
  });
  const starting = p.runtime.start();
  await turns(200);
  await starting;
  await p.send("in", Array.from({ length: 1000 }, (_, at) => ({ id: `m${at}` })));
  await turns(200);
  return {
    p,
    commits,
    begun: () => begun.length,
    acknowledged: () => acknowledged,
    async letOne() {
      commits.shift()?.();
      await turns(200);
    },
  };
}

test("while a store that others have too has one batch the next one begins, but no third; none is acknowledged before it is durable", async () => {
  const { p, commits, begun, acknowledged, letOne } = await slowStore({});
  expect([begun(), commits.length, acknowledged()]).toEqual([512, 1, 0]);
  while (acknowledged() === 0) await letOne();
  expect(begun() - acknowledged()).toBeLessThanOrEqual(512);
  while (commits.length > 0) await letOne();
  expect([begun(), acknowledged()]).toEqual([1000, 1000]);
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ runs: 1000, completed: 1000, duplicates: 0 });
});

test("one that is this process's alone, and in lanes: the next batch begins when this one is durable", async () => {
  for (const one of [{ alone: true }, { ordering: ", ordering: key" }]) {
    const { p, commits, begun, acknowledged, letOne } = await slowStore(one);
    while (commits.length > 0) {
      expect(begun() - acknowledged()).toBeLessThanOrEqual(256);
      await letOne();
    }
    expect(acknowledged()).toBe(1000);
    await p.settle();
    expect(p.runtime.stats()).toMatchObject({ runs: 1000, completed: 1000 });
  }
});
