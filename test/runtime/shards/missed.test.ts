import { expect, test } from "vitest";
import type { News } from "../../../src/core/ports/store.js";
import { shardOf, shardPrefix } from "../../../src/core/run-id.js";
import { beside } from "./beside.js";

const HEAD = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } }, out: { message: { fields: { n: integer } } } }
`;
const ASK = `on: in
steps:
  - { id: held, ask: { question: "ok?", output: boolean } }
`;
const LOCKED = ASK.replace(" } }", " }, lock: \"'one'\" }");
const LANE = ASK.replace("on: in", 'on: { topic: in, ordering: { by: "\'one\'" } }');

/** Two runs of another process, the second behind the first, and the process that has them now. */
async function two(flow: string, more: Parameters<typeof beside>[1] = {}) {
  const of = beside(`${HEAD}${flow}`, more);
  await of.gone.runtime.start();
  for (const n of [1, 2]) {
    await of.gone.send("in", [{ n }]);
    await of.pass(1_000);
  }
  await of.gone.runtime.close();
  of.come();
  await of.next.runtime.start();
  await of.pass(5_000);
  const [head, behind] = await of.rows();
  if (head === undefined || behind === undefined) throw new Error("both are there");
  return { ...of, head, behind };
}

const ALL_MISSED: readonly [string, News | null] = ["when news was missed", null];

for (const [when, news] of [ALL_MISSED, ["when a lock was left whose name is too long to tell", { kind: "lock", shard: 0, name: null }]] as const) {
  test(`a run has the lock that a run of another process left, ${when}`, async () => {
    const { at, next, head, behind, end, pass, inner } = await two(LOCKED);
    expect([head.waits, behind.waits]).toMatchObject([[{ kind: "ask" }], [{ kind: "lock" }]]);
    await end(head, { op: "lock.leave", lock: "one", path: "held!lock" });
    at.tell(news);
    await pass(1_000);
    expect((await inner.run(behind.run))?.waits).toMatchObject([{ kind: "ask" }]);
    await next.runtime.close();
  });
}

test("I18: a run has its turn behind one of another process when news was missed", async () => {
  const { at, next, head, behind, end, pass, inner } = await two(LANE);
  expect([head.waits, behind.waits]).toMatchObject([[{ kind: "ask" }], []]);
  await end(head, { op: "lane.leave", lane: head.lane ?? "" });
  at.tell(null);
  await pass(1_000);
  expect((await inner.run(behind.run))?.waits).toMatchObject([{ kind: "ask" }]);
  await next.runtime.close();
});

test("I22: what the store does not know to be published any more is published when news was missed", async () => {
  const { at, next, head, end, pass } = await two(ASK);
  await end(head, { op: "outbox.put", message: { topic: "out", key: null, id: `${head.run}/out`, headers: {}, body: '{"n":1}' } });
  at.tell(null);
  await pass(1_000);
  expect(await next.read("out")).toEqual([{ n: 1 }]);
  await next.runtime.close();
});

test("a run that another process has put there begins when news was missed", async () => {
  const { at, next, head, admit, pass, inner } = await two(ASK);
  const run = `${shardPrefix(shardOf(head.run))}one-more`;
  await admit(head, run);
  await pass(10_000);
  expect((await inner.run(run))?.waits).toEqual([]);
  at.tell(null);
  await pass(1_000);
  expect((await inner.run(run))?.waits).toMatchObject([{ kind: "ask" }]);
  await next.runtime.close();
});

test("a run that comes while the shard's runs are looked up begins", async () => {
  const looked = Promise.withResolvers<void>();
  let slow = false;
  const { at, next, head, admit, pass, inner } = await two(ASK, { slow: (store) => ({
    ...store,
    async openRuns(shard) {
      const rows = await store.openRuns(shard);
      if (slow) await looked.promise;
      return rows;
    },
  }) });
  const run = `${shardPrefix(shardOf(head.run))}one-more`;
  const news = { kind: "runs", shard: shardOf(run), name: run } as const;
  slow = true;
  at.tell(news);
  await pass(100);
  await admit(head, run);
  at.tell(news);
  looked.resolve();
  await pass(1_000);
  expect((await inner.run(run))?.waits).toMatchObject([{ kind: "ask" }]);
  await next.runtime.close();
});
