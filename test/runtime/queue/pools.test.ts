import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Sharing } from "../../../src/core/ports/store.js";
import { createPools } from "../../../src/runtime/queue/pools.js";
import { seededRandom } from "../../support/seeded-random.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

/** A queue of a store that processes share, and how many serve it. */
function queue(workers: number, clock = virtualClock()) {
  const state = { workers, asked: 0, notices: new Array<string>(), stopped: false };
  const nobody = (): Promise<never> => Promise.reject(new Error("of a queue only who serves it is asked"));
  const sharing: Sharing = {
    renew: nobody,
    serving: nobody,
    take: nobody,
    release: nobody,
    leave: nobody,
    reserve: nobody,
    listen: nobody,
    async queue() {
      state.asked += 1;
      return { first: 64, workers: state.workers };
    },
  };
  const ports = { clock, random: seededRandom(1), store: createMemoryStore(), bus: createMemoryBus(clock), model: nobody, tool: nobody, price: () => null, observer: { event: () => undefined, notice: (text: string) => void state.notices.push(text) } };
  return { clock, state, pools: createPools(sharing, ports, { orchestrates: true, queues: [] }, () => [], () => state.stopped) };
}

const NOBODY = "nobody serves the queue `far`: its tasks wait";

test("a queue's last task is looked at too, where the one before it was a moment ago", async () => {
  const { clock, state, pools } = queue(1);
  await pools.shardsOf("far");
  await clock.advance(40);
  state.workers = 0;
  const asked = state.asked;
  await pools.shardsOf("far");
  await pools.shardsOf("far");
  expect([state.asked, state.notices]).toEqual([asked, []]);
  await clock.advance(59);
  expect(state.notices).toEqual([]);
  await clock.advance(1);
  expect([state.asked, state.notices]).toEqual([asked + 1, [NOBODY]]);
  // Nothing more is planned.
  expect(clock.pending()).toBe(0);
});

test("many tasks ask ten times a second, and it is said once a minute", async () => {
  const { clock, state, pools } = queue(0);
  for (let task = 0; task < 100; task += 1) {
    await pools.shardsOf("far");
    await clock.advance(10);
  }
  await clock.advance(100);
  // One asks for its shards, ten look, and one looks after the last.
  expect(state.asked).toBe(12);
  expect(state.notices).toEqual([NOBODY]);
});

test("nothing is planned for a time that is over, however long the look before it took", async () => {
  const virtual = virtualClock();
  const delays: number[] = [];
  let passed = 0;
  const { pools } = queue(1, {
    ...virtual,
    // Whoever looks at the clock twice sees another time.
    monotonic: () => (passed += 75),
    after: (ms, fire) => (delays.push(ms), virtual.after(ms, fire)),
  });
  await pools.shardsOf("far");
  await pools.shardsOf("far");
  expect(delays).toEqual([0]);
});

test("a process that is closed does not look again", async () => {
  const { clock, state, pools } = queue(0);
  await pools.shardsOf("far");
  await pools.shardsOf("far");
  state.stopped = true;
  const { asked } = state;
  await clock.advance(1_000);
  await turns();
  expect(state.asked).toBe(asked);
});
