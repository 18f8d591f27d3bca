import { describe, expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import type { Bus, Subscription } from "../../../src/core/ports/bus.js";
import { loadFlows, world, type World } from "../../support/runtime.js";
import { virtualClock } from "../../support/virtual-clock.js";

const FLOW = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: { message: In } }
on: { topic: in }
steps: [ { emit: out, with: "\${input}" } ]
`;
const JOURNALED = FLOW.replace("steps: [", "tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }\nsteps: [ { tool: r, with: \"${input}\" },");

type Call = "begin" | "read" | "ack" | "close" | "lag" | "subscribe";

/** A bus some of whose calls reject, while `times` of them are left. */
function away(times: Partial<Record<Call, number>>) {
  const left = new Map(Object.entries(times));
  const clock = virtualClock();
  const inner = createMemoryBus(clock);
  const published: string[] = [];
  async function fail(call: Call): Promise<void> {
    const count = left.get(call) ?? 0;
    if (count === 0) return;
    left.set(call, count - 1);
    // Some servers say sentences, with a full stop: the line of the log has one mark.
    throw new Error(`${call}: away.`);
  }
  const flaky = (subscription: Subscription): Subscription => ({
    ...subscription,
    batches: {
      async *[Symbol.asyncIterator]() {
        await fail("begin");
        for await (const batch of subscription.batches) {
          // It was taken, and nobody got it.
          await fail("read");
          yield batch;
        }
      },
    },
    ack: async (deliveries) => {
      await fail("ack");
      await subscription.ack(deliveries);
    },
    lag: async () => {
      await fail("lag");
      return subscription.lag();
    },
    close: async () => {
      await fail("close");
      await subscription.close();
    },
  });
  const bus: Bus = {
    ...inner,
    async publish(messages) {
      published.push(...messages.map(({ body }) => String(body)));
      await inner.publish(messages);
    },
    async subscribe(options) {
      await fail("subscribe");
      return flaky(await inner.subscribe(options));
    },
  };
  const make = (text: string): World => world(text, { r: (input) => input }, { clock, keepBus: inner, bus: () => bus });
  return { left, published, make, fail: (call: Call, count: number) => left.set(call, count) };
}

describe.for([
  ["pure", FLOW],
  ["journaled", JOURNALED],
] as const)("a broker that is away for a moment, and a %s flow", ([, text]) => {
  test.for(["read", "ack", "lag"] as const)("(%s) delays it: order is kept, nothing is published twice, and nobody hears of an end", async (call) => {
    const { published, make, left } = away({ [call]: 3 });
    const p = make(text);
    await p.runtime.start();
    await p.send("in", [{ id: "a" }, { id: "b" }]);
    await p.clock.advance(20);
    await p.send("in", [{ id: "c" }]);
    await p.settle();
    expect(left.get(call)).toBe(0);
    expect(published).toEqual(["a", "b", "c"].map((id) => JSON.stringify({ id })));
    await p.runtime.close();
  });

  test("(close) does not keep a runtime from closing", async () => {
    const { make } = away({ close: 1 });
    const p = make(text);
    await p.runtime.start();
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    const closing = p.runtime.close();
    await p.clock.advance(6_000);
    await closing;
    expect(p.notices).toEqual(["`in` was not left in order: close: away"]);
  });

  test("(subscribe) before anything is read ends the start, with what to do", async () => {
    const { make } = away({ subscribe: 1 });
    const p = make(text);
    await expect(p.runtime.start()).rejects.toMatchObject({ code: "FC6043", message: "`in` cannot be read at the broker: subscribe: away." });
    await p.runtime.close();
  });

  test("(subscribe) delays a new version, which then reads", async () => {
    const { make, fail, published } = away({});
    const p = make(text);
    await p.runtime.start();
    fail("subscribe", 2);
    fail("close", 2);
    const [next] = loadFlows(text.replace("steps: [", "steps: [ { set: 1 },"));
    if (next === undefined) throw new Error("no flow");
    const replaced = p.runtime.replace(next);
    await p.clock.advance(5_000);
    await replaced;
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    expect(published).toEqual([JSON.stringify({ id: "a" })]);
  });

  test("that cannot be read is told of once, and once when it can", async () => {
    const { make } = away({ read: 3 });
    const p = make(text);
    await p.runtime.start();
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    expect(p.notices).toEqual(["`in` cannot be read: read: away; it is read on as soon as it can", "`in` can be read again"]);
  });

  test("that cannot be read, and then can, says so also where nothing comes; not while it fails again and again", async () => {
    const { make, left } = away({ begin: 20 });
    const p = make(text);
    await p.runtime.start();
    await p.clock.advance(20_000);
    expect(left.get("begin")).toBeGreaterThan(0);
    const told = ["`in` cannot be read: begin: away; it is read on as soon as it can"];
    expect(p.notices).toEqual(told);
    await p.clock.advance(30_000);
    expect(left.get("begin")).toBe(0);
    expect(p.notices).toEqual([...told, "`in` can be read again"]);
  });

  test("that cannot be read, and then not subscribed to for another reason, tells that one half a minute later", async () => {
    const { make, fail } = away({ read: 1 });
    const p = make(text);
    await p.runtime.start();
    fail("subscribe", 30);
    await p.send("in", [{ id: "a" }]);
    await p.clock.advance(25_000);
    expect(p.notices).toEqual(["`in` cannot be read: read: away; it is read on as soon as it can"]);
    await p.settle();
    expect(p.notices.slice(1)).toEqual(["`in` cannot be read: subscribe: away; it is read on as soon as it can", "`in` can be read again"]);
  });
});
