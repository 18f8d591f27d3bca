import { afterEach, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import { loadFlows } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { served as start, type Served } from "./http-world.js";

const open: Served[] = [];
afterEach(async () => {
  for (const { world } of open.splice(0)) {
    const closed = world.runtime.close();
    // What hangs is waited for.
    await world.clock.advance(12_000);
    await closed;
  }
});
const served = async (...args: Parameters<typeof start>): Promise<Served> => {
  const made = await start(...args);
  open.push(made);
  return made;
};

const ORDER = "{ fields: { id: string, total: number, note: string? } }";
/** Journaled, for it reads. */
const flow = (on: string, steps = '- { id: a, tool: r, with: "${input}" }', more = ""): string => `
flowctl: v1
flow: f
types: { Order: ${ORDER} }
topics: { in: { message: Order }, out: { message: Order } }
tools: { r: { module: ./tools.ts#r, input: Order, output: Order, effect: read } }
input: Order
on: ${on}
${more}
steps:
  ${steps.trim().split("\n").join("\n  ")}
`;
const POST = "{ http: { method: POST, path: /orders } }";
const order = { id: "o1", total: 3 };
const same = { r: (input: Json) => input };

test("a request is answered by its run's value; the run is durable and says where it came from", async () => {
  const { request, world } = await served(flow(POST), same);
  const { status, body, run, headers } = await request("POST", "/orders", order);
  expect({ status, body, type: headers.get("content-type") }).toEqual({ status: 200, body: order, type: "application/json; charset=utf-8" });
  expect(world.events[0]).toMatchObject({ type: "run.admitted", run, data: { origin: { kind: "http", method: "POST", path: "/orders", key: null } } });
  const again = await request("POST", "/orders", order);
  expect(again.run).not.toBe(run);
});

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test.each([
  ["pure", "- { emit: out, with: \"${input}\" }"],
  ["journaled", "- { id: a, tool: r, with: \"${input}\" }\n- { wait: 1s }\n- { emit: out, with: \"${input}\" }"],
])("W3C trace context of a request goes on with what its run emits: a %s flow", async (_class, steps) => {
  const { request, world } = await served(flow(POST, steps), same);
  const answers = Promise.all([request("POST", "/orders", order, { traceparent: TRACE }), request("POST", "/orders", order, { traceparent: "none" })]);
  await turns(20);
  await world.settle();
  await answers;
  expect((await world.readDeliveries("out")).map(({ headers }) => headers["traceparent"]).toSorted()).toEqual([TRACE, undefined]);
});

test("a run that a request started has its trace context after a restart", async () => {
  const store = createMemoryStore();
  const text = flow(POST, '- { id: a, tool: r, with: "${input}" }\n- { id: ok, ask: { question: "Ship?", output: { fields: { approved: boolean } } } }\n- { emit: out, with: "${input}" }');
  const first = await served(text, same, { store });
  const { status, run } = await first.request("POST", "/orders", order, { traceparent: TRACE });
  expect(status).toBe(202);
  await first.world.runtime.close();
  const second = await served(text, same, { store, clock: first.world.clock, keepBus: first.world.bus });
  await second.world.runtime.request({ id: "r1", run, at: 0, by: "me", request: { kind: "answer", path: "ok", payload: { approved: true } } });
  await second.world.settle();
  expect((await second.world.readDeliveries("out")).map(({ headers }) => headers["traceparent"])).toEqual([TRACE]);
});

test("what is wrong with a request is said, and starts no run", async () => {
  const { request, world } = await served(flow(`[ ${POST}, { http: { method: PUT, path: "/orders/{id}" } } ]`), same);
  const refused = async (...args: Parameters<typeof request>): Promise<unknown> => {
    const { status, body } = await request(...args);
    return { status, ...(typeof body === "object" ? body : {}) };
  };
  expect(await refused("POST", "/orders", { id: "o1", total: "3" })).toMatchObject({ status: 400, code: "invalid_input", issues: [{ at: "/total", message: expect.stringContaining("total") }] });
  expect(await refused("POST", "/orders", {})).toMatchObject({ status: 400, issues: [{ at: "/id" }, { at: "/total" }] });
  expect(await refused("POST", "/orders", "{ no")).toMatchObject({ status: 400, code: "decode" });
  expect(await refused("POST", "/orders", "id=1", { "content-type": "application/x-www-form-urlencoded" })).toMatchObject({ status: 415, code: "unsupported_media_type" });
  expect(await refused("POST", "/orders", "xx", { "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  expect(await refused("POST", "/orders", { id: "x".repeat(1024 * 1024), total: 1 })).toMatchObject({ status: 413, code: "too_large" });
  expect(await refused("POST", "/other", order)).toMatchObject({ status: 404, code: "not_found" });
  expect(await refused("POST", "/orders", order, { "idempotency-key": "x".repeat(256) })).toMatchObject({ status: 400, code: "invalid_key" });
  expect(await refused("PUT", "/orders/a", { ...order, id: "b" })).toMatchObject({ status: 400, issues: [{ at: "/id" }] });
  expect(await refused("PUT", "/orders/a", [])).toMatchObject({ status: 400 });
  expect(await refused("GET", "/orders/%E0%A4%A")).toMatchObject({ status: 404 });
  const method = await request("GET", "/orders");
  expect({ status: method.status, allow: method.headers.get("allow") }).toEqual({ status: 405, allow: "POST" });
  expect(await refused("POST", "/orders", order, { "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403, code: "forbidden" });
  expect(world.events).toEqual([]);
});

test("path and query are fields of the message, in the form that the input has", async () => {
  const query = await served(flow('{ http: { method: GET, path: "/orders/{id}" } }'), same);
  expect((await query.request("GET", "/orders/o%2F1?total=2.5&note=7")).body).toEqual({ id: "o/1", total: 2.5, note: "7" });
  expect(await query.request("GET", "/orders/o1?total=much")).toMatchObject({ status: 400, body: { issues: [{ at: "/total" }] } });
  expect(await query.request("GET", "/orders/o1?total=1&other=1")).toMatchObject({ status: 400 });
  const lists = await served('flowctl: v1\nflow: f\non: { http: { method: GET, path: "/n/{n}" } }\ninput: { fields: { n: integer, ids: "string[]", on: boolean? } }\nvalue: "${input}"');
  expect((await lists.request("GET", "/n/7?ids=1&ids=2&on=true")).body).toEqual({ n: 7, ids: ["1", "2"], on: true });
  expect((await lists.request("GET", "/n/7?ids=1")).body).toEqual({ n: 7, ids: ["1"] });
  const body = await served(flow('{ http: { method: PATCH, path: "/orders/{id}" } }'), same);
  expect((await body.request("PATCH", "/orders/o1", { total: 1 })).body).toEqual({ id: "o1", total: 1 });
});

test("a word of a path wins over a field", async () => {
  const { request } = await served(flow('[ { http: { method: GET, path: "/orders/{id}" }, with: { id: field, total: 0 } }, { http: { method: GET, path: /orders/new }, with: { id: word, total: 0 } } ]'), same);
  expect((await request("GET", "/orders/new?id=x&total=1")).body).toMatchObject({ id: "word" });
  expect((await request("GET", "/orders/o1?total=1")).body).toMatchObject({ id: "field" });
});

test("`with` maps body and headers, credentials left out", async () => {
  const { request, world } = await served(flow('{ http: { method: POST, path: /orders }, with: { id: "${msg.id}", total: "${msg.total}", note: "${meta.headers[?\'x-from\'].orValue(\'nobody\')} ${has(meta.headers.authorization)}" } }'), same);
  expect((await request("POST", "/orders", order, { "x-from": "shop", authorization: "Bearer secret" })).body).toEqual({ ...order, note: "shop false" });
  expect(JSON.stringify(world.events)).not.toContain("secret");
});

test("failures: the flow's own word, a timeout and its catch, everything else without a word", async () => {
  const fails = await served(flow(POST, '- { when: input.total > 1, fail: { code: too_much, message: "not ${input.total}", data: { most: 1 } } }\n- { id: a, tool: r, with: "${input}" }'), { r: () => { throw new Error("the password is wrong"); } });
  expect(await fails.request("POST", "/orders", order)).toMatchObject({ status: 422, body: { code: "too_much", message: "not 3", data: { most: 1 } }, run: expect.stringMatching(/^[a-z2-7]{26}$/) });
  const internal = await fails.request("POST", "/orders", { ...order, total: 1 });
  expect(internal).toMatchObject({ status: 500, body: { code: "failed", message: "the run failed" } });
  const hangs = { r: () => new Promise<never>(() => undefined) };
  const late = await served(flow(POST, undefined, "timeout: 1s"), hangs);
  const asked = late.request("POST", "/orders", order);
  await begun(late);
  await late.world.clock.advance(1000);
  expect(await asked).toMatchObject({ status: 504, body: { code: "timeout" } });
  const caught = await served(flow(POST, undefined, 'timeout: 1s\ncatch: [ { on: [timeout], value: { id: late, total: 0 } } ]'), hangs);
  const told = caught.request("POST", "/orders", order);
  await begun(caught);
  await caught.world.clock.advance(1000);
  expect(await told).toMatchObject({ status: 200, body: { id: "late", total: 0 } });
});

test("I17: a key is one run, while it goes on and afterwards; another request under it is refused", async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const { request, world } = await served(flow(POST), {
    r: async (input) => {
      calls += 1;
      await gate.promise;
      return input;
    },
  });
  const key = { "idempotency-key": "k1" };
  const both = [request("POST", "/orders", order, key), request("POST", "/orders", order, key)];
  await begun({ world });
  await until(() => world.runtime.stats().duplicates === 1);
  gate.resolve();
  const [one, two] = await Promise.all(both);
  expect(one).toMatchObject({ status: 200, body: order });
  expect(two).toMatchObject({ status: 200, body: order, run: one?.run });
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 200, body: order, run: one?.run });
  expect(await request("POST", "/orders", { ...order, total: 4 }, key)).toMatchObject({ status: 422, body: { code: "key_reused" } });
  expect((await request("POST", "/orders", order, { "idempotency-key": "k2" })).run).not.toBe(one?.run);
  expect(calls).toBe(2);
  expect(await request("GET", `/runs/${one?.run}`)).toMatchObject({ status: 200, body: order });
  expect(await request("GET", `/runs/${"a".repeat(26)}`)).toMatchObject({ status: 404 });
});

test("an answer is given when the end is durable (I4), and one that failed once stays failed under its key", async () => {
  const inner = createMemoryStore();
  const gate = Promise.withResolvers<void>();
  const { request } = await served(flow(POST), { r: () => { throw new Error("no"); } }, {
    store: {
      ...inner,
      commit: async (items) => {
        if (items.some(({ events }) => events.some(({ type }) => type === "run.finished"))) await gate.promise;
        return inner.commit(items);
      },
    },
  });
  let answered = false;
  const key = { "idempotency-key": "k" };
  const asked = request("POST", "/orders", order, key).finally(() => (answered = true));
  await until(async () => (await inner.runs({ limit: 1 })).length === 1);
  await turns(20);
  expect(answered).toBe(false);
  gate.resolve();
  expect(await asked).toMatchObject({ status: 500 });
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 500 });
});

test("a run that waits for a person: 202 and where it is; its answer when it has ended", async () => {
  const { request, world } = await served(flow(POST, '- { id: ok, ask: { question: "Ship?", output: { fields: { approved: boolean } } } }\n- { id: a, tool: r, with: "${input}" }'), same);
  const key = { "idempotency-key": "k" };
  const waits = await request("POST", "/orders", order, key);
  expect(waits).toMatchObject({ status: 202, body: { run: waits.run, status: "parked" } });
  expect(waits.headers.get("location")).toBe(`/runs/${waits.run}`);
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 202, run: waits.run });
  expect(await request("GET", `/runs/${waits.run}`)).toMatchObject({ status: 202, body: { status: "parked" } });
  await world.runtime.request({ id: "r1", run: waits.run, at: 0, by: "me", request: { kind: "answer", path: "ok", payload: { approved: true } } });
  await world.settle();
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 200, body: order });
  expect(await request("GET", `/runs/${waits.run}`)).toMatchObject({ status: 200, body: order });
});

test("a run that waits for time keeps its caller", async () => {
  const { request, world } = await served(flow(POST, '- { id: later, wait: 1h }\n- { id: a, tool: r, with: "${input}" }'), same);
  const asked = request("POST", "/orders", order);
  await until(async () => (await world.store.runs({ state: "parked", limit: 1 })).length === 1);
  await world.clock.advance(3_600_000);
  expect(await asked).toMatchObject({ status: 200, body: order });
});

test("a repeated request waits with its run for a lock, as the first one does", async () => {
  const gate = Promise.withResolvers<void>();
  const { request, world } = await served(flow(POST, '- { id: a, tool: r, with: "${input}", lock: "${\'all\'}" }'), { r: async (input) => (await gate.promise, input) });
  const first = request("POST", "/orders", order);
  await until(async () => (await world.store.lockHead("all")) !== null);
  const key = { "idempotency-key": "k" };
  const asked = request("POST", "/orders", { id: "o2", total: 4 }, key);
  await until(async () => (await world.store.runs({ state: "parked", limit: 1 })).length === 1);
  const again = request("POST", "/orders", { id: "o2", total: 4 }, key);
  // Those that come after it are answered.
  for (let times = 0; times < 3; times += 1) await request("GET", "/nothing");
  gate.resolve();
  expect((await Promise.all([first, asked, again])).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test("a pure flow answers, and what it emits is published before; a key repeats the ids", async () => {
  const text = flow(POST, '- { emit: out, with: "${input}" }\n- { when: input.total > 5, fail: { code: much, message: "much" } }', 'value: { run: "${run.id}" }');
  const { request, world } = await served(text);
  const key = { "idempotency-key": "k" };
  const one = await request("POST", "/orders", order, key);
  expect(one).toMatchObject({ status: 200, body: { run: one.run } });
  await request("POST", "/orders", order, key);
  const ids = (await world.readDeliveries("out")).map(({ headers }) => headers["flowctl-id"]);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(1);
  expect(await request("POST", "/orders", { id: "o2", total: 6 })).toMatchObject({ status: 422, body: { code: "much" } });
  expect(await world.store.counts()).toMatchObject({ running: 0, ended: 0 });
});

test("I19: with no place and too many waiting a request is refused at once", async () => {
  const gate = Promise.withResolvers<void>();
  const { request, world } = await served(flow("{ http: { method: POST, path: /orders }, concurrency: 1 }"), {
    r: async (input) => {
      await gate.promise;
      return input;
    },
  });
  const waiting = Array.from({ length: 1001 }, () => request("POST", "/orders", order));
  await until(() => world.runtime.stats().runs === 1001);
  const refused = await request("POST", "/orders", order);
  expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(refused.headers.get("retry-after")).toBe("1");
  gate.resolve();
  expect((await Promise.all(waiting)).every(({ status }) => status === 200)).toBe(true);
}, 60_000);

test("a fault while a request is read ends neither the server nor another request", async () => {
  const inner = createMemoryStore();
  const { request, world } = await served(flow(POST), same, {
    store: {
      ...inner,
      plan: () => {
        throw new TypeError("a fault");
      },
    },
  });
  const key = { "idempotency-key": "k" };
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 200 });
  expect(await request("POST", "/orders", order, key)).toMatchObject({ status: 500, body: { code: "failed", message: "the request failed" } });
  expect(world.notices).toEqual([expect.stringContaining("a fault")]);
  expect(await request("POST", "/orders", order)).toMatchObject({ status: 200 });
});

test("a caller that goes away cancels nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const { world } = await served(flow(POST), {
    r: async (input) => {
      await gate.promise;
      return input;
    },
  });
  const abort = new AbortController();
  const asked = fetch(`${world.runtime.address()}/orders`, { method: "POST", body: JSON.stringify(order), headers: { "content-type": "application/json" }, signal: abort.signal }).catch(() => "gone");
  await begun({ world });
  abort.abort();
  expect(await asked).toBe("gone");
  gate.resolve();
  await world.settle();
  expect(world.runtime.stats()).toMatchObject({ completed: 1, cancelled: 0 });
});

test("stopping: what is under way is answered, what is new is refused, and who waits too long is told to come again", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let nth = 0;
  const { request, world } = await served(flow(POST), {
    r: async (input) => {
      await gates[nth++]?.promise;
      return input;
    },
  });
  const [soon, never] = [request("POST", "/orders", order), request("POST", "/orders", order)];
  await until(() => nth === 2);
  const closed = world.runtime.close();
  expect(await request("POST", "/orders", order)).toMatchObject({ status: 503 });
  gates[0]?.resolve();
  expect(await Promise.race([soon, never])).toMatchObject({ status: 200 });
  await world.clock.advance(5_000);
  const told = (await Promise.all([soon, never])).find(({ status }) => status !== 200);
  expect(told).toMatchObject({ status: 503, body: { code: "unavailable" } });
  await world.clock.advance(6_000);
  await closed;
  await expect(fetch(`${world.runtime.address()}/orders`)).rejects.toThrow();
});

test("stopping: who has answered all waits for nobody", async () => {
  const gate = Promise.withResolvers<void>();
  const { request, world } = await served(flow(POST), {
    r: async (input) => {
      await gate.promise;
      return input;
    },
  });
  const asked = request("POST", "/orders", order);
  await begun({ world });
  const closed = world.runtime.close();
  gate.resolve();
  expect(await asked).toMatchObject({ status: 200 });
  // No time has passed.
  await closed;
});

test("a new version answers from its load on, and what was begun keeps its own", async () => {
  const gate = Promise.withResolvers<void>();
  const { request, world } = await served(flow(POST, undefined, 'value: { version: one }'), {
    r: async (input) => {
      await gate.promise;
      return input;
    },
  });
  const old = request("POST", "/orders", order);
  await begun({ world });
  const [next] = loadFlows(flow("{ http: { method: POST, path: /v2/orders } }", undefined, 'value: { version: two }'));
  if (next === undefined) throw new Error("there is no flow");
  await world.runtime.replace(next);
  expect(await request("POST", "/orders", order)).toMatchObject({ status: 404 });
  gate.resolve();
  expect(await old).toMatchObject({ status: 200, body: { version: "one" } });
  expect(await request("POST", "/v2/orders", order)).toMatchObject({ status: 200, body: { version: "two" } });
});

test("topic, schedule and request start one flow, each with its `with`", async () => {
  const { request, world } = await served(flow('[ in, { schedule: "*/5 * * * *", with: { id: "${msg.time}", total: 1 } }, { http: { method: POST, path: /orders }, with: { id: "web-${msg.id}", total: "${msg.total}" } } ]'), same);
  expect((await request("POST", "/orders", order)).body).toEqual({ id: "web-o1", total: 3 });
  await world.send("in", [{ id: "topic", total: 2 }]);
  await world.clock.advance(300_000);
  await world.settle();
  expect(world.events.flatMap((event) => (event.type === "run.finished" ? [event.data.output] : []))).toEqual([{ id: "web-o1", total: 3 }, { id: "topic", total: 2 }, { id: "2026-01-01T00:05:00.000Z", total: 1 }]);
});

test("FC6030: two flows cannot have one request, whatever their fields are called", async () => {
  const one = flow('{ http: { method: GET, path: "/orders/{id}" } }');
  const two = `---\n${flow('{ http: { method: GET, path: "/orders/{note}" } }').replace("flow: f\n", "flow: g\n").trim()}\n`;
  await expect(start(`${one}${two}`, same)).rejects.toMatchObject({ code: "FC6030", message: expect.stringContaining("`f`") });
});

test("FC6030: a new version that cannot have its request leaves the old one as it is", async () => {
  const one = flow('{ http: { method: GET, path: "/one" } }');
  const two = (path: string, value: string): string => `---\n${flow(`[ { topic: in }, { http: { method: GET, path: "${path}" } } ]`, "", `value: ${value}`).replace("flow: f\n", "flow: g\n").replace(/steps:\s*$/, "").trim()}\n`;
  const { world } = await served(`${one}${two("/two", "old")}`, same);
  const next = loadFlows(`${one}${two("/one", "new")}`).find(({ plan }) => plan.id === "g");
  if (next === undefined) throw new Error("no flow");
  await expect(world.runtime.replace(next)).rejects.toMatchObject({ code: "FC6030" });
  await world.send("in", [{ id: "a", total: 1 }]);
  await world.settle();
  expect(world.events.flatMap((event) => (event.type === "run.finished" ? [event.data.output] : []))).toEqual(["old"]);
});

/** The run's step is under way. */
const begun = ({ world }: Pick<Served, "world">): Promise<void> => until(() => world.events.some(({ type }) => type === "run.started"));

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turns(1);
}
