import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import type { Store } from "../../../src/core/ports/store.js";
import { collect } from "../../../src/runtime/collect.js";
import { ALSO_ASKED } from "../../../src/runtime/request/also-asked.js";
import type { World } from "../../support/runtime.js";
import { start } from "../../support/started.js";
import { ask, machine } from "../live/restart.js";

const HEAD = `flowctl: v1
flow: seller
topics:
  asked: { message: { fields: { n: integer } } }
  given: { message: { fields: { price: number } } }
on: { topic: asked, reply: given, dedupe: { key: string(msg.n), ttl: 1h } }
`;
const LOOKS = `${HEAD}tools:
  look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { price: number } }, effect: read }
steps: [ { id: found, tool: look } ]
`;
const ASKS = `${HEAD}steps: [ { id: found, ask: { question: "How much?", output: { fields: { price: number } } } } ]
`;

const send = (made: World, ...names: string[]) => Promise.all(names.map((name) => made.send("asked", [{ n: 3 }], { headers: { "flowctl-correlation-id": name } })));

async function heard(made: World): Promise<readonly unknown[]> {
  const given = await made.readDeliveries("given");
  expect(new Set(given.map(({ headers }) => headers["flowctl-id"])).size).toBe(given.length);
  return given.map(({ headers, body }) => [headers["flowctl-correlation-id"], headers["flowctl-error"] ?? JSON.parse(String(body))]).toSorted();
}

const all = (names: string, answer: Json): readonly unknown[] => [...names].map((name) => [name, answer]);

/** A world whose tool answers when the test says so. */
async function looking(store?: Store) {
  const answer = Promise.withResolvers<Json>();
  answer.promise.catch(() => undefined);
  const made = await start(LOOKS, { look: () => answer.promise }, store === undefined ? {} : { store });
  return { made, answer: answer.resolve, refuse: answer.reject };
}

describe("others who ask under the key of a run that goes on", () => {
  test("are answered when it ends, each once, also those of one batch", async () => {
    const { made, answer } = await looking();
    await send(made, "a", "b");
    await made.clock.advance(100);
    await send(made, "c", "c");
    await made.clock.advance(100);
    expect(await heard(made)).toEqual([]);
    answer({ price: 5 });
    await made.settle();
    expect(await heard(made)).toEqual(all("abc", { price: 5 }));
  });

  test("hear how it has failed, and how it ended when it has gone on", async () => {
    let fails = true;
    const price = Promise.withResolvers<Json>();
    const made = await start(LOOKS, {
      look: async () => {
        if (fails) await price.promise.then(() => Promise.reject(new StepError("unavailable", "away")));
        return { price: 5 };
      },
    });
    await send(made, "a", "b");
    await made.clock.advance(100);
    price.resolve(null);
    await made.settle();
    expect(await heard(made)).toEqual(all("ab", "unavailable"));
    fails = false;
    const [failed] = await made.store.runs({ limit: 1 });
    await ask(made, failed?.run ?? "", { kind: "reopen" });
    await made.settle();
    expect(await heard(made)).toEqual([["a", "unavailable"], ["a", { price: 5 }], ["b", "unavailable"], ["b", { price: 5 }]].toSorted());
  });

  test("are answered by a run that waits for a person, over a crash", async () => {
    const m = machine();
    const first = await m.boot(ASKS);
    await send(first, "a", "b");
    await first.settle();
    await m.kill();
    const second = await m.boot(ASKS);
    await send(second, "c");
    await second.settle();
    expect(await heard(second)).toEqual([]);
    const { run } = await m.only("parked");
    await ask(second, run, { kind: "answer", path: "found", payload: { price: 7 } });
    await second.settle();
    expect(await heard(second)).toEqual(all("abc", { price: 7 }));
  });

  test.each(["before", "after"] as const)("are answered when they come %s its end is durable", async (where) => {
    const inner = createMemoryStore();
    const reached = Promise.withResolvers<void>();
    const may = Promise.withResolvers<void>();
    const wait = async (): Promise<void> => (reached.resolve(), may.promise);
    const store: Store = {
      ...inner,
      async commit(items) {
        const ends = items.some(({ events }) => events.some(({ type }) => type === "run.finished"));
        if (ends && where === "before") await wait();
        const results = await inner.commit(items);
        if (ends && where === "after") await wait();
        return results;
      },
    };
    const { made, answer } = await looking(store);
    await send(made, "a");
    await made.clock.advance(100);
    answer({ price: 5 });
    await reached.promise;
    await send(made, "b");
    await made.clock.advance(100);
    may.resolve();
    await made.settle();
    expect(await heard(made)).toEqual(all("ab", { price: 5 }));
  });

  test("are at most so many that the run does not fail of them, and the next ones hear so at once", async () => {
    const { made, answer } = await looking();
    const names = Array.from({ length: 1000 }, (_, at) => `n${at}`);
    await send(made, "first", ...names);
    await made.clock.advance(100);
    const [row] = await made.store.runs({ limit: 1 });
    // Each is a commit of its own.
    while ((await collect(made.store.read(row?.run ?? "", 0))).length < 2 + names.length) await made.clock.advance(100);
    await send(made, "late");
    await made.clock.advance(100);
    expect(await heard(made)).toEqual([["late", "limit"]]);
    answer({ price: 5 });
    await made.settle();
    expect(await heard(made)).toEqual([...["first", ...names].map((name) => [name, { price: 5 }]), ["late", "limit"]].toSorted());
  });

  test("are answered by the process that drives it, also when it has ended before it heard of them", async () => {
    const m = machine();
    const first = await m.boot(ASKS);
    await send(first, "a");
    await first.settle();
    const { run } = await m.only("parked");
    const tell = (name: string) => m.store.putInbox({ id: `${ALSO_ASKED} ${name}`, run, at: 0, by: "topic asked", request: { kind: "signal", name: ALSO_ASKED, payload: { reply: "given", partition: 0, offset: name, key: null, id: name } } });
    await m.kill();
    await tell("b");
    const second = await m.boot(ASKS);
    await ask(second, run, { kind: "answer", path: "found", payload: { price: 7 } });
    await second.settle();
    await m.kill();
    await tell("b");
    await tell("c");
    const third = await m.boot(ASKS);
    await third.settle();
    expect(await heard(third)).toEqual(all("abc", { price: 7 }));
  });
});
