import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { RunEvent } from "../../../src/core/event.js";
import { world } from "../../support/runtime.js";

const FLOW = `
flowctl: v1
flow: pay
types: { In: { fields: { id: string } } }
topics:
  orders: { message: In }
  paid: {}
tools:
  charge: { module: ./tools.ts#charge, input: In, output: In, effect: write, idempotency: key }
on: { topic: orders }
steps:
  - { id: pay, tool: charge }
  - { emit: paid, with: { id: "\${steps.pay.id}" } }
`;

describe("a run over a store", () => {
  test("what is kept is dense from seq 0, and observers saw the same (I3, I4)", async () => {
    const { runtime, send, settle, store, events } = world(FLOW, { charge: (input) => input });
    await runtime.start();
    await send("orders", [{ id: "a" }]);
    await settle();
    const [row] = await store.runs({ limit: 2 });
    const kept: RunEvent[] = [];
    for await (const event of store.read(row?.run ?? "", 0)) kept.push(event);
    expect(kept).toEqual(events);
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, index) => index));
    expect(kept.map(({ type }) => type)).toEqual(["run.admitted", "run.started", "step.started", "step.completed", "message.emitted", "run.finished"]);
    await runtime.close();
  });

  test("commits whose answers are lost change nothing: no second run, no second effect (I2)", async () => {
    const inner = createMemoryStore();
    let lost = 0;
    const store = {
      ...inner,
      commit: async (items: Parameters<typeof inner.commit>[0]) => {
        const results = await inner.commit(items);
        lost += 1;
        if (lost % 2 === 1) throw new Error("the answer got lost");
        return results;
      },
    };
    let charges = 0;
    const charge = (input: Parameters<NonNullable<Parameters<typeof world>[1]>[string]>[0]) => {
      charges += 1;
      return input;
    };
    const { runtime, send, settle, read } = world(FLOW, { charge }, { store });
    await runtime.start();
    await send("orders", [{ id: "a" }, { id: "b" }]);
    await settle();
    expect(lost).toBeGreaterThan(3);
    expect(charges).toBe(2);
    expect(await read("paid")).toEqual([{ id: "a" }, { id: "b" }]);
    expect(runtime.stats()).toMatchObject({ messages: 2, runs: 2, duplicates: 0, completed: 2, emitted: 2 });
    await runtime.close();
  });

  test("a store that stays away ends the runtime with what is wrong", async () => {
    const inner = createMemoryStore();
    const store = { ...inner, commit: () => Promise.reject(new Error("disk full")) };
    const { runtime, send, settle } = world(FLOW, { charge: (input) => input }, { store });
    await runtime.start();
    await send("orders", [{ id: "a" }]);
    await expect(settle()).rejects.toMatchObject({ code: "FC6010", message: expect.stringContaining("disk full") });
    await runtime.close();
  });
});
