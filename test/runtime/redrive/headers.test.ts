import { expect, test } from "vitest";
import { storedLetter } from "../../../src/cli/dlq/letters.js";
import { redriveOf } from "../../../src/cli/dlq/redrive-of.js";
import { type World, world } from "../../support/runtime.js";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const flow = (steps: string): string => `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string, n: integer } } }, out: {} }
tools: { look: { http: { method: GET, url: "https://x.test/t" }, input: { fields: { id: string } }, output: { fields: { id: string } } } }
on: { topic: in, where: "meta.headers[?'kind'].orValue('') == 'order'", with: { n: "\${msg.n}", id: "\${msg.id}", tenant: "\${meta.headers[?'tenant'].orValue('nobody')}" } }
input: { fields: { id: string, n: integer, tenant: string } }
steps:
${steps}
  - { emit: out, with: "\${input}" }
`;
const HEADERS = { kind: "order", tenant: "acme", traceparent: TRACE, "flowctl-correlation-id": "c-1" };

/** `dlq redrive --all`. */
async function redrive({ store, bus }: World): Promise<void> {
  const letters = (await store.deadLetters({ limit: 10 })).flatMap((row) => storedLetter(row) ?? []);
  await bus.publish(letters.map(redriveOf));
  await store.deleteDeadLetters(letters.map(({ id }) => id));
}

test.each([
  ["of a journaled flow", "  - { tool: look, with: { id: \"${input.id}\" } }"],
  ["of a pure flow", "  - { set: \"${[1, 2][input.n]}\" }"],
])("a message that is sent again has the headers that it came with: %s", async (_, steps) => {
  let fails = true;
  const w = world(flow(steps), { look: (input) => (fails ? Promise.reject(new Error("away")) : input) });
  await w.runtime.start();
  await w.send("in", [{ id: "a", n: 7 }], { headers: HEADERS });
  await w.settle();
  expect(w.runtime.stats()).toMatchObject({ filtered: 0, failed: 1 });
  fails = false;
  await redrive(w);
  await w.settle();
  const [first, again] = await w.readDeliveries("in");
  expect(first?.headers).toEqual(HEADERS);
  expect(again?.headers).toMatchObject({ ...HEADERS, "flowctl-redrive": "1" });
  // It is no other message for `where`, and for what reads its headers.
  expect(w.runtime.stats()).toMatchObject({ filtered: 0, runs: 2 });
  if (steps.includes("tool")) expect(await w.readDeliveries("out")).toMatchObject([{ headers: { traceparent: TRACE }, body: expect.stringContaining('"tenant":"acme"') }]);
  await w.runtime.close();
});

test("one that no run could be made of too, and what a redrive writes itself is not kept", async () => {
  const w = world(flow("  - { set: 1 }"));
  await w.runtime.start();
  await w.send("in", [{ id: 7, n: 1 }], { headers: HEADERS });
  for (const redrives of [1, 2, 3]) {
    await w.settle();
    const [{ letter } = { letter: {} }] = await w.store.deadLetters({ limit: 10 });
    const { traceparent, ...others } = HEADERS;
    expect(letter).toMatchObject({ redrives: redrives - 1, source: { traceparent, headers: others } });
    await redrive(w);
  }
  await w.runtime.close();
});
