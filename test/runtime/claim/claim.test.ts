import { expect, test } from "vitest";
import { claimKey } from "../../../src/core/claim.js";
import { world } from "../../support/runtime.js";
import { machine } from "../live/restart.js";

const flows = (more: string): string => `
flowctl: v1
flow: ${more.includes("tool") ? "writes" : "passes"}
types: { In: { fields: { n: integer } }, Text: { fields: { text: string } } }
topics: { in: { message: In }, texts: { message: Text, max_bytes: 100, claim_check: true } }
tools: { t: { module: ./tools.ts#t, input: In, output: Text, effect: read } }
on: in
steps:
  ${more}
---
flowctl: v1
flow: reads
types: { Text: { fields: { text: string } } }
topics: { texts: { message: Text, max_bytes: 100, claim_check: true }, out: {} }
on: texts
steps:
  - { emit: out, with: { text: "\${input.text}" } }
`;
const WRITES = flows('- { id: t, tool: t, with: "${input}" }\n  - { emit: texts, with: "${steps.t}" }');
const PASSES = flows('- { emit: texts, with: { text: "${json(chunk(sortBy([input, input, input, input, input, input, input, input, input, input, input, input], \'n\'), 1))}" } }');
const long = (n: number): string => `${n}`.padEnd(40 * n, "€");

for (const [name, text] of [["journaled", WRITES], ["pure", PASSES]] as const) {
  test(`I39: the body of a large message is stored apart, and who reads the topic gets it: a ${name} flow`, async () => {
    const p = world(text, { t: (input) => ({ text: long(typeof input === "object" && input !== null && "n" in input ? Number(input.n) : 0) }) });
    await p.runtime.start();
    await p.send("in", [{ n: 1 }, { n: 3 }]);
    await p.settle();
    const messages = await p.readDeliveries("texts");
    const apart = messages.filter(({ headers }) => headers["flowctl-claim"] !== undefined);
    expect(messages).toHaveLength(2);
    expect(apart.length).toBeGreaterThan(0);
    for (const { headers, body } of apart) {
      expect(headers["flowctl-claim"]).toBe(headers["flowctl-id"]);
      expect(JSON.parse(String(body))).toEqual({ claim: headers["flowctl-id"], bytes: Buffer.byteLength(String(await p.store.body(claimKey("texts", headers["flowctl-id"] ?? "")))) });
    }
    const out = (await p.read("out")).map((one) => (typeof one === "object" && one !== null && "text" in one ? String(one.text).length : 0));
    expect(out).toHaveLength(2);
    expect(Math.max(...out)).toBeGreaterThan(100);
    expect(await p.store.deadLetters({ limit: 9 })).toEqual([]);
  });
}

test("a body that is not in the store is a dead letter that says so; one of another topic is not read", async () => {
  const p = world(WRITES);
  await p.runtime.start();
  await p.store.putBody({ key: claimKey("other", "secret"), body: '{"text":"of another topic"}', until: Infinity });
  await p.send("texts", [{ claim: "gone" }], { headers: { "flowctl-claim": "gone" } });
  await p.send("texts", [{ claim: "secret" }], { headers: { "flowctl-claim": "secret" } });
  await p.settle();
  const letters = (await p.store.deadLetters({ limit: 9 })).map(({ letter }) => letter["error"]);
  expect(letters).toEqual([
    { code: "decode", message: "its body was stored apart (secret), and the store does not have it" },
    { code: "decode", message: "its body was stored apart (gone), and the store does not have it" },
  ]);
  expect(await p.read("out")).toEqual([]);
});

test("without `claim_check` a message that is too large is the error `limit`, which `catch` may take", async () => {
  const text = WRITES.replaceAll(", claim_check: true", "").replace('- { emit: texts, with: "${steps.t}" }', '- { id: e, emit: texts, with: "${steps.t}", catch: [ { on: [limit], value: { text: "${error.message}" } } ] }');
  const p = world(text, { t: () => ({ text: long(3) }) });
  await p.runtime.start();
  await p.send("in", [{ n: 3 }]);
  await p.settle();
  expect(p.events.findLast(({ type }) => type === "run.finished")).toMatchObject({ data: { status: "completed", output: { text: expect.stringMatching(/^the message for `texts` has \d+ bytes, and the topic takes 100/) } } });
  expect(await p.read("texts")).toEqual([]);
});

test.each(["before", "after"] as const)("a process that dies %s it has published: the message has its body all the same", async (when) => {
  const m = machine();
  const fakes = { t: () => ({ text: long(3) }) };
  await m.boot(WRITES, fakes, { cut: { at: "publish", when } });
  await m.bus.publish([{ topic: "in", key: null, id: "x", headers: {}, body: '{"n":3}' }]);
  await m.clock.advance(1000);
  const second = await m.boot(WRITES, fakes);
  await second.settle();
  expect(new Set((await second.read("out")).map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify({ text: long(3) })]));
  expect(await m.store.deadLetters({ limit: 9 })).toEqual([]);
});
