import { describe, expect, it } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { Raw, type World } from "../../support/runtime.js";
import { start } from "../../support/started.js";

const TOPICS = `topics:
  asked: { message: { fields: { n: integer } } }
  given: { message: { fields: { price: number } } }
`;
const asks = (more = "", step = ""): string => `flowctl: v1
flow: buyer
${TOPICS}tools:
  quote: { request: { topic: asked, reply: given, timeout: 5s }, input: { fields: { n: integer } }, output: { fields: { price: number } }${more} }
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - { id: got, tool: quote, with: "\${input}"${step} }
value: "\${steps.got.price}"
`;
const ANSWERS = `flowctl: v1
flow: seller
${TOPICS}tools:
  look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { price: number } }, effect: read }
on: { topic: asked, reply: given }
steps:
  - { id: found, tool: look }
`;
const PURE = `flowctl: v1
flow: seller
${TOPICS}on: { topic: asked, reply: given }
steps:
  - { when: input.n < 0, fail: { code: negative, message: "no \${input.n}" } }
value: { price: "\${input.n * 2}" }
`;

const manual = async (made: World, input: Json) => {
  const report = made.runtime.manual("buyer", input);
  let done = false;
  report.finally(() => (done = true)).catch(() => undefined);
  for (let times = 0; times < 3000 && !done; times += 1) await made.clock.advance(20);
  return report;
};

describe("a request tool", () => {
  it.each([["journaled", ANSWERS], ["pure", PURE]])("gets the value of a %s flow that answers", async (_, seller) => {
    const made = await start(`${asks()}---\n${seller}`, { look: (input) => ({ price: 2 * Number(Object.values(Object(input))[0]) }) });
    const { run, output } = await manual(made, { n: 4 });
    expect(output).toBe(8);
    const [asked] = await made.readDeliveries("asked");
    const [given] = await made.readDeliveries("given");
    expect(asked?.headers["flowctl-reply-to"]).toBe("given");
    expect(given?.headers["flowctl-correlation-id"]).toBe(asked?.headers["flowctl-correlation-id"]);
    expect(asked?.headers["flowctl-correlation-id"]?.startsWith(`${run}/`)).toBe(true);
  });

  it("and a wait that reads the same topic each get its answer, whatever the wait is called", async () => {
    const both = asks().replace("number } } }\ntools", "number } }, key: string(msg.price) }\ntools").replace('value: "${steps.got.price}"', '  - { id: reply, wait: { topic: given, key: "8" }, timeout: 1m }\nvalue: "${steps.got.price + steps.reply.price}"');
    const made = await start(`${both}---\n${PURE.replace("number } } }", "number } }, key: string(msg.price) }")}`);
    expect((await manual(made, { n: 4 })).output).toBe(16);
  });

  it("raises what its answer says, where it declares it; else `refused`", async () => {
    const declared = await start(`${asks(", errors: { negative: {} }")}---\n${PURE}`);
    expect((await manual(declared, { n: -1 })).error).toMatchObject({ code: "negative", message: "no -1" });
    const undeclared = await start(`${asks()}---\n${PURE}`);
    expect((await manual(undeclared, { n: -1 })).error).toMatchObject({ code: "refused", message: "negative: no -1" });
  });

  it.each([
    ["", "the answer is the error `negative`"],
    ["sold out", "sold out"],
    ['"sold out"', "sold out"],
    ["{}", "the answer is the error `negative`"],
  ])("raises the code of an answer, whatever its body: %j", async (body, message) => {
    const made = await start(asks(", errors: { negative: {} }"));
    const report = made.runtime.manual("buyer", { n: 1 });
    await made.clock.advance(100);
    const [asked] = await made.readDeliveries("asked");
    await made.send("given", [new Raw(body)], { headers: { "flowctl-correlation-id": asked?.headers["flowctl-correlation-id"] ?? "", "flowctl-error": "negative" } });
    await made.clock.advance(100);
    expect((await report).error).toMatchObject({ code: "negative", message });
    expect(made.runtime.stats()).toMatchObject({ dlq: 0 });
  });

  it("is unknown when nobody answers in time, and is not repeated without an idempotency (I20, I21)", async () => {
    const made = await start(asks());
    const report = await manual(made, { n: 1 });
    expect(report).toMatchObject({ status: "parked", waits: [{ kind: "incident", path: "got" }] });
    expect((await made.readDeliveries("asked")).length).toBe(1);
  });

  it("is sent again under the same correlation, as its policy says, and takes a late answer to an earlier attempt", async () => {
    const made = await start(asks(", effect: read", ", policy: twice").replace("on: { manual", "policies: { twice: { retry: { max: 2, on: [timeout], initial: 1s } } }\non: { manual"));
    const report = made.runtime.manual("buyer", { n: 1 });
    await made.clock.advance(5500);
    const [first] = await made.readDeliveries("asked");
    await made.send("given", [{ price: 7 }], { headers: { "flowctl-correlation-id": first?.headers["flowctl-correlation-id"] ?? "" } });
    await made.clock.advance(5000);
    expect(await report).toMatchObject({ status: "completed", output: 7 });
  });

  const RETRIES = asks(", idempotency: key", ", policy: thrice").replace("on: { manual", "policies: { thrice: { retry: { max: 3, on: [unavailable, timeout], initial: 1s, backoff: constant, jitter: none } } }\non: { manual");
  const correlation = (asked: { readonly headers: Readonly<Record<string, string>> } | undefined) => ({ "flowctl-correlation-id": asked?.headers["flowctl-correlation-id"] ?? "" });

  it("is sent again after an answer that is an error", async () => {
    const made = await start(RETRIES);
    const report = made.runtime.manual("buyer", { n: 1 });
    await made.clock.advance(100);
    const [first] = await made.readDeliveries("asked");
    await made.send("given", [{ message: "busy" }], { headers: { ...correlation(first), "flowctl-error": "unavailable" } });
    await made.clock.advance(1500);
    expect(await made.readDeliveries("asked")).toHaveLength(2);
    await made.send("given", [{ price: 7 }], { headers: correlation(first) });
    await made.clock.advance(1000);
    expect(await report).toMatchObject({ status: "completed", output: 7 });
  });

  it("counts a late answer that is an error for one attempt", async () => {
    const made = await start(RETRIES);
    const report = made.runtime.manual("buyer", { n: 1 });
    await made.clock.advance(5500);
    const [first] = await made.readDeliveries("asked");
    await made.send("given", [{ message: "busy" }], { headers: { ...correlation(first), "flowctl-error": "unavailable" } });
    // The second attempt hears it, the third one asks.
    await made.clock.advance(600);
    expect(await made.readDeliveries("asked")).toHaveLength(1);
    await made.clock.advance(1500);
    expect(await made.readDeliveries("asked")).toHaveLength(2);
    await made.send("given", [{ price: 7 }], { headers: correlation(first) });
    await made.clock.advance(1000);
    expect(await report).toMatchObject({ status: "completed", output: 7 });
  });

  it("is sent again by the next process too, after an answer that was an error", async () => {
    const made = await start(RETRIES.replace("initial: 1s", "initial: 20s"));
    const lost = made.runtime.manual("buyer", { n: 1 });
    lost.catch(() => undefined);
    await made.clock.advance(100);
    const [first] = await made.readDeliveries("asked");
    await made.send("given", [{ message: "busy" }], { headers: { ...correlation(first), "flowctl-error": "unavailable" } });
    await made.clock.advance(100);
    const closing = made.runtime.close();
    await made.clock.advance(10_000);
    await closing;
    const next = await start(RETRIES.replace("initial: 1s", "initial: 20s"), {}, { store: made.store, keepBus: made.bus, clock: made.clock });
    await made.clock.advance(11_000);
    expect(await next.readDeliveries("asked")).toHaveLength(2);
    await made.send("given", [{ price: 3 }], { headers: correlation(first) });
    await next.settle();
    expect((await next.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["completed"]);
  });

  it("does not send again what was answered while its process was away", async () => {
    const text = asks(", idempotency: key").replace("timeout: 5s", "timeout: 1h");
    const made = await start(text);
    const lost = made.runtime.manual("buyer", { n: 1 });
    lost.catch(() => undefined);
    await made.clock.advance(100);
    const [first] = await made.readDeliveries("asked");
    const closing = made.runtime.close();
    await made.clock.advance(10_000);
    await closing;
    await made.send("given", [{ price: 3 }], { headers: { "flowctl-correlation-id": first?.headers["flowctl-correlation-id"] ?? "" } });
    const next = await start(text, {}, { store: made.store, keepBus: made.bus, clock: made.clock });
    await next.settle();
    expect((await next.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["completed"]);
    expect(new Set((await next.readDeliveries("asked")).map(({ headers }) => headers["flowctl-id"])).size).toBe(1);
  });

  it("answers all calls of one run that have one key", async () => {
    const text = `flowctl: v1
flow: buyer
${TOPICS}tools:
  quote: { request: { topic: asked, reply: given, timeout: 60s }, input: { fields: { n: integer } }, output: { fields: { price: number } }, idempotency: key }
on: { manual: {} }
input: { fields: { ns: "integer[]" } }
steps:
  - { id: all, map: { over: "\${input.ns}", as: one, concurrency: 2, join: settled, rest: finish }, do: [ { tool: quote, with: { n: "\${one}" }, key: "of \${one}" } ] }
`;
    const made = await start(text);
    const report = made.runtime.manual("buyer", { ns: [1, 1] });
    await made.clock.advance(200);
    const asked = await made.readDeliveries("asked");
    expect(asked.map(({ headers }) => headers["flowctl-correlation-id"])).toEqual(Array(2).fill(asked[0]?.headers["flowctl-correlation-id"]));
    await made.send("given", [{ price: 7 }], { headers: { "flowctl-correlation-id": asked[0]?.headers["flowctl-correlation-id"] ?? "" } });
    await made.clock.advance(1000);
    expect(made.runtime.stats()).toMatchObject({ completed: 1 });
    expect(await report).toMatchObject({ status: "completed" });
  });
});

describe("a flow that answers", () => {
  it("answers what it does not understand, and strangers by the id of their message", async () => {
    const made = await start(PURE);
    await made.send("asked", [new Raw("{")], { headers: { "flowctl-correlation-id": "c1" } });
    await made.send("asked", [{ n: 3 }]);
    await made.settle();
    const given = await made.readDeliveries("given");
    expect(given.map(({ headers, body }) => [headers["flowctl-error"], JSON.parse(String(body))])).toEqual([["invalid_input", { message: expect.stringContaining("not JSON") }], [undefined, { price: 6 }]]);
    expect(given[0]?.headers["flowctl-correlation-id"]).toBe("c1");
    expect(given[1]?.headers["flowctl-correlation-id"]).toContain("asked/");
  });

  it("answers with its failure", async () => {
    const made = await start(ANSWERS, {
      look: () => {
        throw new StepError("unavailable", "away");
      },
    });
    await made.send("asked", [{ n: 3 }], { headers: { "flowctl-correlation-id": "c2" } });
    await made.settle();
    expect((await made.readDeliveries("given")).map(({ headers, body }) => [headers["flowctl-correlation-id"], headers["flowctl-error"], JSON.parse(String(body))])).toEqual([["c2", "unavailable", { message: "away" }]]);
  });

  it("answers a request that comes again, once its run has ended, as it has answered", async () => {
    const given = async (made: World) => (await made.readDeliveries("given")).map(({ headers, body }) => ({ id: headers["flowctl-id"], error: headers["flowctl-error"], body: JSON.parse(String(body)) }));
    let answer: (value: Json) => void = () => undefined;
    const made = await start(ANSWERS, { look: () => new Promise((resolve) => (answer = resolve)) });
    const request = { headers: { "flowctl-correlation-id": "c3", "flowctl-id": "r1" } };
    await made.send("asked", [{ n: 3 }], request);
    await made.send("asked", [{ n: 3 }], request);
    await made.clock.advance(100);
    expect(await given(made)).toEqual([]);
    answer({ price: 5 });
    await made.settle();
    expect((await given(made)).map(({ body }) => body)).toEqual([{ price: 5 }]);
    await made.send("asked", [{ n: 3 }], request);
    await made.settle();
    expect((await given(made)).map(({ body }) => body)).toEqual([{ price: 5 }, { price: 5 }]);
    expect(new Set((await given(made)).map(({ id }) => id)).size).toBe(2);
  });

  it.each([["journaled", ANSWERS, "away"], ["pure", PURE.replace("negative", "unavailable"), "no -1"]])("each attempt hears how a %s flow has failed", async (_, seller, message) => {
    const failing = () => {
      throw new StepError("unavailable", "away");
    };
    const retries = asks(", idempotency: key", ", policy: thrice").replace("on: { manual", "policies: { thrice: { retry: { max: 3, on: [unavailable], initial: 1s } } }\non: { manual");
    const made = await start(`${retries}---\n${seller}`, { look: failing });
    expect(await manual(made, { n: -1 })).toMatchObject({ status: "failed", error: { code: "unavailable", message, attempts: 3 } });
    expect(await made.readDeliveries("asked")).toHaveLength(3);
    expect(await made.readDeliveries("given")).toHaveLength(3);
  });
});
