import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { leftToPublish } from "../../../src/core/left-to-publish.js";
import { PublishRefused, TopicsHeld, type Bus, type Outgoing, type TextMessage } from "../../../src/core/ports/bus.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { formatBus } from "../../../src/runtime/format/format-bus.js";
import { createPublisher } from "../../../src/runtime/outbox/publisher.js";
import { world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { HOOKS } from "./hooks.js";

const RUN = `${shardPrefix(2)}run`;
const message = (topic: string, at: number): TextMessage => ({ topic, key: "k", id: `${RUN}/${topic}/${at}`, headers: {}, body: `${topic}${at}` });

/** A bus of which some topics take nothing. */
function heldBus(): { readonly bus: Bus; readonly closed: Set<string>; readonly stored: (string | Uint8Array)[] } {
  const closed = new Set<string>();
  const stored: (string | Uint8Array)[] = [];
  async function publish(messages: readonly Outgoing[]): Promise<void> {
    stored.push(...messages.flatMap(({ topic, body }) => (closed.has(topic) ? [] : [body])));
    const held = messages.filter(({ topic }) => closed.has(topic)).map(({ topic }) => [topic, "no right"] as const);
    if (held.length > 0) throw new TopicsHeld(new Map(held));
  }
  return { bus: { from: "earliest", publish, subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined }, closed, stored };
}

describe("a topic that takes nothing now (I22)", () => {
  test("what is emitted there waits in order and is marked when it is published; everything else goes on, and once", async () => {
    const store = createMemoryStore();
    const all = [message("b", 1), message("a", 1), message("b", 2), message("a", 2), message("b", 3), message("a", 3)];
    await store.commit([{ run: RUN, expectedSeq: -1, entryId: "e", fence: null, events: [{ type: "run.started", run: RUN, seq: 0, at: 0, data: { now: 0 } }], index: all.map((one) => ({ op: "outbox.put", message: one })) }]);
    const { bus, closed, stored } = heldBus();
    const clock = virtualClock();
    const failed: unknown[] = [];
    const publisher = createPublisher({ store, bus, clock }, { ...HOOKS, failed: (cause) => failed.push(cause) });
    const left = async (): Promise<string[]> => (await store.outbox(2, 9)).map((row) => row.message.body);
    closed.add("b");
    for (const one of all.slice(0, 2)) publisher.put(RUN, one);
    await turns();
    for (const one of all.slice(2, 4)) publisher.put(RUN, one);
    await clock.advance(60_000);
    expect([stored, await left(), publisher.waiting()]).toEqual([["a1", "a2"], ["b1", "b2", "b3", "a3"], 2]);
    // They are known to wait, and not read from the store once more.
    await publisher.recover([2]);
    closed.clear();
    await clock.advance(10_000);
    expect([stored, await left(), publisher.waiting(), failed]).toEqual([["a1", "a2", "a3", "b1", "b2", "b3"], [], 0, []]);
    publisher.put(RUN, message("b", 4));
    await turns();
    expect(stored.at(-1)).toBe("b4");
  });

  test("what waits when its shard goes to another process is that one's to publish", async () => {
    const { bus, closed, stored } = heldBus();
    const clock = virtualClock();
    let mine = true;
    const publisher = createPublisher({ store: createMemoryStore(), bus, clock }, { ...HOOKS, owns: () => mine });
    closed.add("b");
    for (const at of [1, 2]) publisher.put(RUN, message("b", at));
    await clock.advance(30_000);
    mine = false;
    await clock.advance(10_000);
    closed.clear();
    await clock.advance(10_000);
    expect([stored, publisher.waiting()]).toEqual([[], 0]);
  });

  test("once it is stopped nothing more is tried there", async () => {
    const { bus, closed } = heldBus();
    const clock = virtualClock();
    let calls = 0;
    const counted: Bus = { ...bus, publish: (messages) => ((calls += 1), bus.publish(messages)) };
    const publisher = createPublisher({ store: createMemoryStore(), bus: counted, clock }, HOOKS);
    closed.add("b");
    publisher.put(RUN, message("b", 1));
    await clock.advance(10_000);
    publisher.stop();
    await turns();
    const before = calls;
    await clock.advance(60_000);
    expect(calls).toBe(before);
  });

  test("of what waits together only that goes whose shard does: the rest is published in order, once", async () => {
    const { bus, closed, stored } = heldBus();
    const clock = virtualClock();
    const other = `${shardPrefix(3)}run`;
    let mine = true;
    const publisher = createPublisher({ store: createMemoryStore(), bus, clock }, { ...HOOKS, owns: (run) => mine || run === RUN });
    closed.add("b");
    publisher.put(RUN, message("b", 1));
    publisher.put(other, { ...message("b", 2), id: `${other}/b/2` });
    publisher.put(RUN, message("b", 3));
    await clock.advance(30_000);
    expect(publisher.waiting()).toBe(3);
    mine = false;
    await clock.advance(10_000);
    closed.clear();
    await clock.advance(10_000);
    expect([stored, publisher.waiting()]).toEqual([["b1", "b3"], 0]);
  });

  test("it is said of that topic, once, and when it takes again; what others emit is there meanwhile", async () => {
    const emits = (to: string): string => `
flowctl: v1
flow: to-${to}
topics: { in: { message: { fields: { id: string } }, key: msg.id }, ${to}: {} }
on: in
steps:
  - { id: rest, wait: 1ms }
  - { emit: ${to}, with: "\${input}" }
`;
    let closed = true;
    const w = world(`${emits("a")}---${emits("b")}`, {}, {
      bus: (bus) => ({
        ...bus,
        async publish(messages) {
          await bus.publish(messages.filter(({ topic }) => !closed || topic !== "b"));
          if (closed && messages.some(({ topic }) => topic === "b")) throw new TopicsHeld(new Map([["b", "no right"]]));
        },
      }),
    });
    await w.runtime.start();
    for (const id of ["1", "2"]) {
      await w.send("in", [{ id }]);
      await w.clock.advance(20_000);
    }
    expect([await w.read("a"), await w.read("b")]).toEqual([[{ id: "1" }, { id: "2" }], []]);
    closed = false;
    await w.settle();
    expect(await w.read("b")).toEqual([{ id: "1" }, { id: "2" }]);
    expect(w.notices).toEqual(["`b` takes no messages: no right; what is emitted there waits until it does", "`b` takes messages again"]);
    await w.runtime.close();
  });

  test("beside a message that is never taken: what is stored is not published again, what waits for its registry is", async () => {
    const refusing = new PublishRefused([{ id: message("a", 2).id, reason: "too large" }], new Set(["c"]));
    const formats = { of: (topic: string) => (topic === "b" ? { encode: () => Promise.reject(new Error("the registry is away")), decode: () => Promise.reject(new Error("nobody reads here")) } : null) };
    const encoding = formatBus({ ...heldBus().bus, publish: () => Promise.reject(refusing) }, formats, virtualClock(), () => false);
    const all = [message("a", 1), message("a", 2), message("b", 1), message("c", 1)];
    const thrown: unknown = await encoding.publish(all).catch((error: unknown) => error);
    expect(thrown instanceof PublishRefused && leftToPublish(all, thrown).map(({ body }) => body)).toEqual(["b1", "c1"]);
  });

  test("one whose schema registry is away is one, and others are published", async () => {
    const { bus, closed, stored } = heldBus();
    const formats = { of: (topic: string) => (topic === "b" ? { encode: () => Promise.reject(new Error("the registry is away")), decode: () => Promise.reject(new Error("nobody reads here")) } : null) };
    const encoding = formatBus(bus, formats, virtualClock(), () => false);
    closed.add("c");
    const thrown: unknown = await encoding.publish([message("a", 1), message("b", 1), message("c", 1)]).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "TopicsHeld", topics: new Map([["b", "the registry is away"], ["c", "no right"]]) });
    expect(stored).toEqual(["a1"]);
  });
});
