import { expect, test } from "vitest";
import type { MessageSource, RunEvent } from "../../../src/core/event.js";
import type { CommitItem, Store } from "../../../src/core/ports/store.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { storeConformance } from "../../conformance/store.js";

storeConformance("memory", async () => createMemoryStore());

const MORE_THAN_KEPT = 10_001;
const SOURCE: MessageSource = { topic: "in", partition: 0, offset: "0", key: null, id: "in/0/0", timestamp: 0 };

test("events of runs that ended long ago are forgotten, and such a run is still there", async () => {
  const store = createMemoryStore();
  for (let n = 0; n < MORE_THAN_KEPT; n += 1) await store.commit([whole(`aa${n}`, SOURCE)]);
  expect(await count(store, "aa0")).toBe(0);
  expect(await count(store, "aa1")).toBe(2);
  expect(await store.run("aa0")).toMatchObject({ status: "completed" });
  expect(await store.commit([whole("aa0", SOURCE, "again")])).toEqual(["conflict"]);
});

test("of a run by hand nothing is left then, and an open run is never touched", async () => {
  const store = createMemoryStore();
  await store.commit([{ ...whole("open", null), index: [] }]);
  for (let n = 0; n < MORE_THAN_KEPT; n += 1) await store.commit([whole(`aa${n}`, null)]);
  expect(await store.run("aa0")).toBeNull();
  expect(await count(store, "open")).toBe(2);
});

async function count(store: Store, run: string): Promise<number> {
  let events = 0;
  for await (const _ of store.read(run, 0)) events += 1;
  return events;
}

/** A run that begins and ends with one item. */
function whole(run: string, source: MessageSource | null, entryId = "e0"): CommitItem {
  const events: readonly RunEvent[] = [
    { type: "run.admitted", run, seq: 0, at: 0, data: { flow: "f", hash: "h", input: null, source } },
    { type: "run.finished", run, seq: 1, at: 0, data: { status: "completed", output: null, usage: { in: 0, out: 0 }, usd: 0 } },
  ];
  const row = { run, flow: "f", hash: "h", admittedAt: 0, status: "completed" as const, waits: [], finishedAt: 0, lane: null, error: null };
  return { run, expectedSeq: -1, entryId, fence: null, events, index: [{ op: "run.row", row }] };
}
