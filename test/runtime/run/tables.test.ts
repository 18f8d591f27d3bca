import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import type { RowPut, Store } from "../../../src/core/ports/store.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { ended, flow, ofType, RUN, start, type Given, type Running } from "./run-world.js";

const TABLES = "tables: { t: { value: { fields: { v: number } } }, short: { value: number, ttl: 1h }, by: { key: number, value: { type: string, maxLength: 3 } } }";
const tables = (steps: string, more = ""): string => flow(steps.trim(), `${TABLES}\n${more}`);

/** Puts of others. */
const others = (key: string, value: Json, more: Partial<RowPut> = {}): RowPut => ({ table: "t", key, value, effect: `other ${Math.random()}`, run: "other", now: 0, until: null, ...more });

function on(store: Store, text: string, given: Given = {}): Running {
  const clock = given.clock ?? virtualClock();
  const { ports } = start(text, { ...given, clock });
  return start(text, { ...given, clock, ports: { ...ports, store } });
}

describe("get and put", () => {
  test("a row is read, written and read again; one that is not there is an empty optional", async () => {
    const store = createMemoryStore();
    const running = on(store, tables(`
- { id: none, get: t, key: a }
- { id: put, put: t, key: a, with: { v: "\${steps.?none.v.orValue(1)}" } }
- { id: some, get: t, key: a }`, `value: { none: "\${has(steps.none)}", put: "\${steps.put.v}", some: "\${steps.?some}" }`));
    expect(await ended(running)).toMatchObject({ status: "completed", output: { none: false, put: 1, some: { v: 1 } } });
    // I3, I4: a read needs no intent, a write has one.
    expect(ofType(running.events, "step.started").map(({ path, data }) => [path, data.effect, data.key, data.input])).toEqual([["put", "write", idempotencyKey(RUN, "put"), { key: "a", with: { v: 1 } }]]);
    expect(await store.tableRow("t", "a", 0)).toMatchObject({ value: { v: 1 }, until: null });
  });

  test("what was read is recorded: a replay does not read again, and puts nothing twice", async () => {
    const store = createMemoryStore();
    await store.putRow(others("a", { v: 1 }));
    const text = tables(`
- { id: old, get: t, key: a }
- { id: put, put: t, key: a, with: { v: "\${steps.?old.v.orValue(0) + 1}" } }
- { id: last, tool: k, with: { n: "\${steps.put.v}" } }`, "value: \"${steps.last.n}\"");
    const first = on(store, text);
    await ended(first);
    await store.putRow(others("a", { v: 100 }));
    for (let at = 1; at < first.events.length; at += 1) {
      expect(await ended(on(store, text, { past: first.events.slice(0, at) })), `behind ${at} events`).toMatchObject({ status: "completed", output: at < 4 ? expect.any(Number) : 2 });
      expect((await store.tableRow("t", "a", 0))?.value).toEqual({ v: 100 });
    }
  });

  test("a row that others put is checked when it is read; what is put is checked before it is sent", async () => {
    const store = createMemoryStore();
    await store.putRow(others("a", "no object"));
    const bad = on(store, tables("- { id: x, get: t, key: a }"));
    expect(await ended(bad)).toMatchObject({ status: "failed", error: { code: "invalid_output", message: expect.stringContaining("the row of `t`") } });
    const long = on(store, tables(`- { id: x, put: by, key: 7, with: "\${string(input.n)}", catch: [ { on: [invalid_input], value: refused } ] }`), { input: { n: 12345 } });
    expect(await ended(long)).toMatchObject({ status: "completed", output: "refused" });
    expect(ofType(long.events, "step.started")).toEqual([]);
    const large = on(store, flow("- { id: x, put: all, key: a, with: \"${input}\" }", "tables: { all: { value: {} } }"), { input: { n: 1, text: "x".repeat(9 * 1024 * 1024) } });
    expect(await ended(large)).toMatchObject({ status: "failed", error: { code: "limit" } });
  });

  test("keys that are numbers become text", async () => {
    const store = createMemoryStore();
    await ended(on(store, tables("- { put: by, key: \"${input.n / 2}\", with: abc }")));
    expect(await store.tableRow("by", "0.5", 0)).toMatchObject({ value: "abc" });
  });

  test("a ttl counts from the put, by the clock of the run", async () => {
    const store = createMemoryStore();
    const clock = virtualClock();
    await ended(on(store, tables("- { put: short, key: a, with: 1 }"), { clock }));
    const { at = 0, until } = (await store.tableRow("short", "a", clock.now())) ?? {};
    expect(until).toBe(at + 3_600_000);
    await clock.advance(3_600_000);
    const late = on(store, tables("- { id: x, get: short, key: a }", "value: \"${has(steps.x)}\""), { clock });
    expect(await ended(late)).toMatchObject({ output: false });
  });
});

describe("compare and set", () => {
  const SET = tables(`
- { id: seen, get: t, key: a }
- { id: r, tool: r, with: { n: 1 } }
- { id: put, put: t, key: a, with: { v: 7 }, if: "\${steps.?seen}" }`);

  test.each([
    ["no row, and still none", null, null, "completed"],
    ["no row, and now one", null, { v: 3 }, "failed"],
    ["a row, and still that one", { v: 2 }, { v: 2 }, "completed"],
    ["a row, and now another", { v: 2 }, { v: 3 }, "failed"],
  ])("%s", async (_, before, meanwhile, status) => {
    const store = createMemoryStore();
    if (before !== null) await store.putRow(others("a", before));
    const running = on(store, SET, {
      tools: {
        async r({ input }) {
          if (meanwhile !== null) await store.putRow(others("a", meanwhile));
          return input;
        },
      },
    });
    expect(await ended(running)).toMatchObject({ status, ...(status === "failed" ? { error: { code: "conflict", step: "put" } } : {}) });
    expect((await store.tableRow("t", "a", 0))?.value).toEqual(status === "completed" ? { v: 7 } : meanwhile);
  });

  test("a refusal is final, also when its first answer was lost: nothing is in doubt", async () => {
    const store = createMemoryStore();
    await store.putRow(others("a", { v: 1 }));
    const text = tables("- { id: put, put: t, key: a, with: { v: 7 }, if: { v: 2 } }");
    const first = on({ ...store, putRow: async (put) => (await store.putRow(put), new Promise<never>(() => undefined)) }, text);
    await turns(20);
    const second = on(store, text, { past: [...first.events] });
    await store.putRow(others("a", { v: 2 }));
    expect(await ended(second)).toMatchObject({ status: "failed", error: { code: "conflict" } });
    expect(ofType(second.events, "step.failed").map(({ data }) => data.outcome)).toEqual(["not_applied"]);
  });
});

describe("a store that is away", () => {
  test("is waited for; a time limit of the step ends that, and nobody knows whether the row was put", async () => {
    const store = createMemoryStore();
    let away = 3;
    const moody: Store = { ...store, putRow: (put) => ((away -= 1) >= 0 ? Promise.reject(new Error("away")) : store.putRow(put)) };
    expect(await ended(on(moody, tables("- { put: t, key: a, with: { v: 1 } }")))).toMatchObject({ status: "completed" });
    away = Infinity;
    const late = on(moody, tables("- { id: x, put: t, key: b, with: { v: 1 }, timeout: 5s }"));
    expect(await ended(late)).toMatchObject({ status: "failed", error: { code: "timeout" } });
    expect(ofType(late.events, "step.failed").at(-1)?.data).toMatchObject({ outcome: "unknown" });
  });
});
