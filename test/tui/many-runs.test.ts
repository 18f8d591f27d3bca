import { expect, onTestFinished, test } from "vitest";
import { connectControl } from "../../src/control/client.js";
import type { RunEvent } from "../../src/core/event.js";
import { operatorSource } from "../../src/tui/operator-source.js";
import { createTuiStore, type StoreClock } from "../../src/tui/store.js";
import type { TuiData } from "../../src/tui/data.js";
import type { TuiSource, TuiWatcher } from "../../src/tui/source.js";
import { admitted, putRun, rowOf, served } from "../support/control.js";

const KEPT = 2000;
const AT_ONCE: StoreClock = { now: () => 1_000_000, after: (_ms, what) => {
  const soon = setImmediate(what);
  return () => clearImmediate(soon);
} };

async function shows(source: TuiSource, what: (data: TuiData) => boolean): Promise<TuiData> {
  const store = createTuiStore(source, AT_ONCE);
  onTestFinished(() => store.close());
  return new Promise((done) => {
    const look = (): void => {
      if (what(store.snapshot())) done(store.snapshot());
    };
    store.subscribe(look);
    look();
  });
}

test("what waits for a person is in the list, however many runs have ended since", async () => {
  const one = await served();
  await using _server = one.server;
  const ended = (nth: number) => rowOf(`e${nth}`, { admittedAt: 2000 + nth, finishedAt: 3000 + nth, status: "completed" });
  await putRun(one.store, rowOf("waits", { waits: [{ kind: "ask", path: "ok", question: "Ship it?" }] }), [admitted("waits")]);
  await putRun(one.store, rowOf("works"), [admitted("works")]);
  for (let nth = 0; nth <= KEPT; nth++) await putRun(one.store, ended(nth), [admitted(`e${nth}`)]);
  await using operator = await connectControl(one.server.socketPath, one.database);
  if (operator === null) throw new Error("nobody serves");
  const { lines } = await shows(operatorSource(operator, "me"), ({ lines }) => lines.size > 0);
  expect([lines.get("waits")?.state, lines.get("works")?.state]).toEqual(["parked", "running"]);
  // Of those that have ended the oldest are left out.
  expect(["e0", "e2", `e${KEPT}`].map((run) => lines.has(run))).toEqual([false, false, true]);
  expect(lines.size).toBe(KEPT);
});

test("of the runs in the store, too, the oldest are forgotten first", async () => {
  const rows = Array.from({ length: KEPT }, (_, nth) => rowOf(`e${nth}`, { admittedAt: 2000 + nth, finishedAt: 3000 + nth, status: "completed" })).toReversed();
  let watcher: TuiWatcher | undefined;
  const source: TuiSource = sourceOf(async () => rows, (one) => (watcher = one));
  const began: RunEvent = { ...admitted("new"), at: 9000 };
  const store = createTuiStore(source, AT_ONCE);
  onTestFinished(() => store.close());
  await new Promise<void>((done) => {
    store.subscribe(() => {
      const { lines } = store.snapshot();
      if (lines.has("new")) done();
      else if (lines.size === KEPT) watcher?.event(began);
    });
  });
  expect([...store.snapshot().lines.keys()].filter((run) => ["e0", `e${KEPT - 1}`, "new"].includes(run))).toEqual([`e${KEPT - 1}`, "new"]);
});

test("where no events come, a run that was open and is not among the newest any more has ended", async () => {
  let rows = [rowOf("works")];
  const source = sourceOf(async () => rows, (watcher) => watcher.ended(null));
  const store = createTuiStore(source, AT_ONCE);
  onTestFinished(() => store.close());
  const until = (what: (data: TuiData) => boolean): Promise<void> =>
    new Promise((done) => {
      const leave = store.subscribe(() => {
        if (!what(store.snapshot())) return;
        leave();
        done();
      });
    });
  await until(({ lines }) => lines.has("works"));
  rows = [rowOf("newer", { finishedAt: 3000, status: "completed" })];
  await until(({ lines }) => lines.has("newer"));
  expect([...store.snapshot().lines.keys()]).toEqual(["newer"]);
});

const sourceOf = (runs: TuiSource["runs"], watched: (watcher: TuiWatcher) => void): TuiSource => ({
  title: () => "rows",
  watch(watcher) {
    watched(watcher);
    return () => undefined;
  },
  runs,
  async *read() {},
  plan: async () => null,
  request: async () => ({ is: "accepted" }),
});

test("a run that is left and opened again, while more of it is read, is read from its beginning", async () => {
  const at = (seq: number): RunEvent => (seq === 0 ? admitted("one") : { run: "one", seq, at: 1000 + seq, type: "step.started", path: `s${seq}`, data: { kind: "tool", effect: "read", attempt: 1, inHash: "h" } });
  const events = [0, 1, 2, 3].map(at);
  const more = Promise.withResolvers<void>();
  let watcher: TuiWatcher | undefined;
  const asked: number[] = [];
  const source: TuiSource = {
    ...sourceOf(async () => [], (one) => (watcher = one)),
    async *read(_run, from) {
      asked.push(from);
      if (from === 2) await more.promise;
      yield* (from === 0 && asked.length === 1 ? events.slice(0, 2) : events).filter(({ seq }) => seq >= from);
    },
  };
  const store = createTuiStore(source, AT_ONCE);
  onTestFinished(() => store.close());
  const until = (what: () => boolean): Promise<void> => expect.poll(what).toBe(true);
  store.open("one");
  await until(() => store.snapshot().open?.timeline.last.seq === 1);
  // One event was not heard: it is read.
  watcher?.event(at(3));
  await until(() => asked.includes(2));
  store.open(null);
  store.open("one");
  more.resolve();
  await until(() => store.snapshot().open?.read === true);
  await until(() => store.snapshot().open?.timeline.last.seq === 3);
});
