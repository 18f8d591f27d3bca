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
