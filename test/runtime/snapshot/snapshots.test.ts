import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { Store } from "../../../src/core/ports/store.js";
import { fromText, toText } from "../../../src/runtime/snapshot/text.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { ask, eventsOf } from "../live/restart.js";

/** Three events a pass, and a question behind them. */
const FLOW = `
flowctl: v1
flow: long
input: { fields: { n: integer } }
types: { N: { fields: { n: integer } } }
tools: { step: { module: ./tools.ts#step, input: N, output: N, effect: write, idempotency: key } }
steps:
  - id: count
    loop: { init: 0, type: integer, while: state < input.n, max: 50000 }
    do: [ { id: s, tool: step, with: { n: "\${state}" } } ]
    value: "\${steps.s.n}"
  - { id: ok, ask: { question: "go on?", output: { fields: { approved: boolean } } } }
  - { id: last, tool: step, with: { n: "\${steps.count}" } }
value: "\${steps.last.n}"
`;
const tools: Readonly<Record<string, ToolFake>> = { step: (input) => ({ n: typeof input === "object" && input !== null && "n" in input ? Number(input.n) + 1 : 0 }) };
const yes = { kind: "answer", path: "ok", payload: { approved: true } } as const;

interface Kept {
  readonly store: Store;
  /** Events that were read since the last look. */
  read(): number;
}

function counting(inner: Store): Kept {
  let count = 0;
  return {
    store: {
      ...inner,
      async *read(run, fromSeq) {
        for await (const event of inner.read(run, fromSeq)) {
          count += 1;
          yield event;
        }
      },
    },
    read() {
      const read = count;
      count = 0;
      return read;
    },
  };
}

/** A run that has come to its question, by a process that is gone. */
async function asked(inner: Store, n: number): Promise<{ readonly clock: World["clock"]; readonly run: string }> {
  const first = world(FLOW, tools, { store: inner, quiet: true });
  await first.runtime.start();
  const { run, status } = await first.runtime.manual("long", { n });
  expect(status).toBe("parked");
  await first.clock.advance(50);
  await closed(first);
  return { clock: first.clock, run };
}

async function closed({ runtime, clock }: World): Promise<void> {
  const closing = runtime.close();
  await clock.advance(100);
  await closing;
}

/** Another process answers, and the run ends. Gives how many events it read. */
async function answered(store: Kept, run: string): Promise<number> {
  const next = world(FLOW, tools, { store: store.store, quiet: true, clock: virtualClock(Date.UTC(2026, 0, 2)) });
  await next.runtime.start();
  store.read();
  expect(await ask(next, run, yes)).toEqual({ is: "accepted" });
  await next.settle();
  const read = store.read();
  await closed(next);
  return read;
}

test("I39: a long run that goes on reads a snapshot and what follows it, and its end takes the snapshot away", async () => {
  const kept = counting(createMemoryStore());
  const { run } = await asked(kept.store, 3000);
  const before = await eventsOf(kept.store, run);
  expect(before.length).toBeGreaterThan(9000);
  const snapshot = fromText((await kept.store.snapshot(run)) ?? "");
  expect(before.length - (snapshot?.seq ?? 0)).toBeLessThan(1100);
  expect(snapshot?.events.length).toBeLessThan(20);
  // Four looks at it, each at a first thousand and at what follows the snapshot.
  expect(await answered(kept, run)).toBeLessThan(8500);
  expect(await kept.store.run(run)).toMatchObject({ status: "completed" });
  const after = await eventsOf(kept.store, run);
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, at) => at));
  expect(after.findLast(({ type }) => type === "run.finished")?.data).toMatchObject({ output: 3001 });
  expect(await kept.store.snapshot(run)).toBeNull();
});

test("a run with fewer events has none, and nobody asks for one", async () => {
  const inner = createMemoryStore();
  let looks = 0;
  const store: Store = { ...inner, snapshot: (run) => ((looks += 1), inner.snapshot(run)) };
  const { run } = await asked(store, 300);
  expect(await inner.snapshot(run)).toBeNull();
  await answered(counting(store), run);
  expect(looks).toBe(0);
});

const BROKEN: readonly (readonly [string, (text: string, events: readonly RunEvent[]) => string | null])[] = [
  ["gone", () => null],
  ["cut short", (text) => text.slice(0, -10)],
  ["changed", (text) => text.replace('"n":', '"m":').replace('"run":"', '"run":"x')],
  ["of another version", (text) => text.replace(/^\d+/, "999999")],
  ["not one at all", () => "{}"],
  ["newer than the journal", (text) => retold(text, (one) => ({ ...one, seq: one.seq + 100_000 }))],
  ["of another journal", (text) => retold(text, (one) => ({ ...one, at: one.at + 1 }))],
];
const retold = (text: string, change: (one: NonNullable<ReturnType<typeof fromText>>) => NonNullable<ReturnType<typeof fromText>>): string => {
  const one = fromText(text);
  if (one === null) throw new Error("no snapshot");
  return toText(change(one));
};

test.each(BROKEN)("I39: a snapshot that is %s is no snapshot: the journal is read from its start", async (_, change) => {
  const inner = createMemoryStore();
  const { run } = await asked(inner, 700);
  const events = await eventsOf(inner, run);
  const text = await inner.snapshot(run);
  expect(text).not.toBeNull();
  const kept = counting({ ...inner, snapshot: async () => change(text ?? "", events) });
  expect(await answered(kept, run)).toBeGreaterThan(events.length * 3);
  expect(await inner.run(run)).toMatchObject({ status: "completed" });
});

test("a store that takes no snapshot, and one that never answers about it, hold nobody up", async () => {
  const inner = createMemoryStore();
  const refusing: Store = { ...inner, putSnapshot: () => Promise.reject(new Error("no room")) };
  const { run } = await asked(refusing, 700);
  expect(await inner.snapshot(run)).toBeNull();
  await answered(counting(inner), run);
  expect(await inner.run(run)).toMatchObject({ status: "completed" });
  const silent = createMemoryStore();
  const w = world(FLOW, tools, { store: { ...silent, putSnapshot: () => new Promise(() => undefined) }, quiet: true });
  await w.runtime.start();
  const parked = await w.runtime.manual("long", { n: 700 });
  expect(await ask(w, parked.run, yes)).toEqual({ is: "accepted" });
  await w.settle();
  expect(await silent.run(parked.run)).toMatchObject({ status: "completed" });
});

test("an answer to what a pass before has asked is told as before: it is decided already", async () => {
  const text = FLOW.replace('do: [ { id: s, tool: step, with: { n: "${state}" } } ]', 'do: [ { id: s, tool: step, with: { n: "${state}" } }, { id: sure, when: state == 2, ask: { question: "sure?", output: { fields: { approved: boolean } } } } ]');
  const inner = createMemoryStore();
  const w = world(text, tools, { store: inner, quiet: true });
  await w.runtime.start();
  const { run } = await w.runtime.manual("long", { n: 700 });
  const sure = { kind: "answer", path: "count#2/sure", payload: { approved: true } } as const;
  expect(await ask(w, run, sure, "first")).toEqual({ is: "accepted" });
  await w.settle();
  await w.clock.advance(50);
  expect(fromText((await inner.snapshot(run)) ?? "")?.events.some(({ path }) => path === "count#2/sure")).toBe(false);
  expect(await ask(w, run, sure)).toMatchObject({ is: "refused", why: "already_decided" });
  // The same one once more, after a lost reply.
  expect(await ask(w, run, sure, "first")).toEqual({ is: "accepted" });
  expect(await ask(w, run, { ...sure, path: "count#9/sure" })).toMatchObject({ is: "refused", why: "not_waiting" });
});
