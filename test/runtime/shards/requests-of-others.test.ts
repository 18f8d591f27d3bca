import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { InboxRow } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } } } }
on: in
steps:
  - { id: ok, ask: { question: "go on?", output: { fields: { approved: boolean } } } }
`;

/** A run that waits for an answer. */
async function parked() {
  const { at, store } = lease(createMemoryStore());
  const w = world(FLOW, {}, { store });
  const broken: unknown[] = [];
  w.runtime.broken.catch((cause: unknown) => broken.push(cause));
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) await w.clock.advance(100);
  };
  await w.runtime.start();
  await pass(3_000);
  await w.send("in", [{ id: "a" }]);
  await pass(10_000);
  const row = async () => (await store.runs({ limit: 1 }))[0];
  const run = (await row())?.run ?? "";
  expect((await row())?.waits).toHaveLength(1);
  const answer: InboxRow = { id: "answer-1", run, at: 0, by: "me", request: { kind: "answer", path: "ok", payload: { approved: true } } };
  /** Another process has taken the shards, which this one does not know before it renews. */
  const { takenOver } = at;
  const comesBack = async (): Promise<void> => {
    at.lose = true;
    await pass(10_000);
  };
  return { w, at, store, broken, pass, row, run, answer, takenOver, comesBack };
}

describe("what is asked of a run whose shard goes to another process meanwhile", () => {
  test("a row of the inbox stays there for its new owner, and the process goes on", async () => {
    const { w, at, store, broken, pass, row, run, answer, takenOver, comesBack } = await parked();
    takenOver();
    await store.putInbox(answer);
    at.tell({ kind: "inbox", shard: shardOf(run), name: null });
    await pass(1_000);
    expect(broken).toEqual([]);
    expect(await store.inbox(shardOf(run), 9)).toEqual([answer]);
    await comesBack();
    expect((await row())?.status).toBe("completed");
    expect(await store.inbox(shardOf(run), 9)).toEqual([]);
    await w.runtime.close();
  });

  test("what was asked of this process is put there", async () => {
    const { w, broken, store, pass, row, run, answer, takenOver, comesBack } = await parked();
    takenOver();
    const outcome = w.runtime.request(answer);
    await pass(1_000);
    expect(await outcome).toEqual({ is: "accepted" });
    expect(await store.inbox(shardOf(run), 9)).toEqual([answer]);
    await comesBack();
    expect(broken).toEqual([]);
    expect((await row())?.status).toBe("completed");
    await w.runtime.close();
  });
});
