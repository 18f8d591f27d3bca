import { expect, test } from "vitest";
import { beside } from "./beside.js";

const HEAD = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } }, out: { message: { fields: { n: integer } } }, paid: { message: { fields: { n: integer } }, key: string(msg.n) } }
on: in
steps:
`;

test("I11: what a run of a shard that comes waits for is over when its time is, not at the next look at all timers", async () => {
  const { gone, next, come, pass, rows } = beside(`${HEAD}  - wait: 40s\n`);
  await gone.runtime.start();
  await gone.send("in", [{ n: 1 }]);
  await pass(3_000);
  await gone.runtime.close();
  await next.runtime.start();
  await pass(31_000);
  come();
  await pass(5_000);
  expect(await rows()).toMatchObject([{ status: null }]);
  await pass(3_000);
  expect(await rows()).toMatchObject([{ status: "completed" }]);
  await next.runtime.close();
});

test("I11: a run of a shard that comes has the lock that another one left when nobody could tell it", async () => {
  const { gone, next, come, pass, rows, end } = beside(`${HEAD}  - { id: held, ask: { question: "ok?", output: boolean }, lock: "'one'" }\n`);
  await gone.runtime.start();
  await gone.send("in", [{ n: 1 }]);
  await pass(1_000);
  await gone.send("in", [{ n: 2 }]);
  await pass(1_000);
  const [head, behind] = await rows();
  expect([head?.waits, behind?.waits]).toMatchObject([[{ kind: "ask" }], [{ kind: "lock" }]]);
  await gone.runtime.close();
  if (head !== undefined) await end(head, { op: "lock.leave", lock: "one", path: "held!lock" });
  await next.runtime.start();
  await pass(3_000);
  come();
  await pass(5_000);
  expect(await rows()).toMatchObject([{ status: "cancelled" }, { waits: [{ kind: "ask" }] }]);
  await next.runtime.close();
});

test("I22: what a run of a shard that comes has emitted is published", async () => {
  const { gone, next, come, pass, rows } = beside(`${HEAD}  - { id: ok, ask: { question: "ok?", output: boolean } }\n  - { emit: out, with: "\${input}" }\n  - { ask: { question: "again?", output: boolean } }\n`, { bus: (bus) => ({ ...bus, publish: () => Promise.reject(new Error("away")) }) });
  await gone.runtime.start();
  await gone.send("in", [{ n: 1 }]);
  await pass(1_000);
  const run = (await rows())[0]?.run ?? "";
  await gone.runtime.request({ id: "a", run, at: 0, by: "ann", request: { kind: "answer", path: "ok", payload: true } });
  await pass(1_000);
  const closing = gone.runtime.close();
  await pass(6_000);
  await closing;
  await next.runtime.start();
  await pass(3_000);
  expect(await next.read("out")).toEqual([]);
  come();
  await pass(5_000);
  expect(await next.read("out")).toEqual([{ n: 1 }]);
  await next.runtime.close();
});

test("I37: what a run of another version waits for is read where its shard comes", async () => {
  const { gone, next, come, pass, rows } = beside(`${HEAD}  - { wait: { topic: paid, key: "\${string(input.n)}" } }\n`, { newer: `${HEAD}  - { emit: out, with: "\${input}" }\n` });
  await gone.runtime.start();
  await next.runtime.start();
  await pass(1_000);
  await gone.send("in", [{ n: 1 }, { n: 2 }]);
  await pass(1_000);
  await gone.runtime.close();
  come();
  await pass(5_000);
  await next.send("paid", [{ n: 1 }, { n: 2 }]);
  await pass(1_000);
  expect(await rows()).not.toEqual([]);
  expect((await rows()).filter(({ status }) => status === null)).toEqual([]);
  await next.runtime.close();
});
