import { expect, test } from "vitest";
import { elapse } from "../../../src/core/elapse.js";
import { shardOf } from "../../../src/core/run-id.js";
import { beside } from "./beside.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } }, reply: { message: { fields: { n: integer } }, key: "'k'" } }
on: in
steps: [ { id: first, wait: { topic: reply, key: "k" } } ]
value: "\${steps.first.n}"
`;

test("messages for a wait of another process's run are told to it in their order, however long the store takes for the first", async () => {
  let slow = true;
  const { gone, next, inner, pass, rows, come } = beside(FLOW, {
    slow: (store) => ({
      ...store,
      async putInbox(row) {
        const took = slow ? 500 : 0;
        slow = false;
        if (took > 0) await elapse(next.clock, took);
        await store.putInbox(row);
      },
    }),
  });
  await gone.runtime.start();
  await gone.send("in", [{ n: 0 }]);
  await pass(1_000);
  await gone.runtime.close();
  void next.runtime.start();
  await pass(1_000);
  await next.send("reply", [{ n: 1 }, { n: 2 }]);
  await pass(2_000);
  const [run] = await rows();
  const told = await inner.inbox(shardOf(run?.run ?? ""), 9);
  expect(told.map(({ request }) => (request.kind === "signal" ? request.payload : null))).toEqual([{ n: 1 }, { n: 2 }]);
  come();
  await pass(10_000);
  expect(await rows()).toMatchObject([{ status: "completed" }]);
  await next.runtime.close();
});
