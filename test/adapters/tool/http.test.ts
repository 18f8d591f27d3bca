import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHttpConnections, type HttpConnections } from "../../../src/adapters/tool/http/connections.js";
import type { HttpToolPlan } from "../../../src/adapters/tool/http/request.js";
import { openHttpTool } from "../../../src/adapters/tool/http/tool.js";
import type { Json, JsonObject } from "../../../src/core/json.js";
import type { ToolCall } from "../../../src/core/ports/tool.js";
import { startServer, type RunningServer } from "../../servers/start.js";

let server: RunningServer;
let port = "";
let open: HttpConnections;
beforeAll(async () => {
  server = await startServer("tool-server");
  port = new URL(server.url).port;
  open = openHttpConnections({ allow: [`127.0.0.1:${port}`] });
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await server.close();
});
beforeEach(() => fetch(`${server.url}/ledger`, { method: "DELETE" }));

const get = async (path: string): Promise<JsonObject> => JSON.parse(await (await fetch(server.url + path)).text());

const basics: HttpToolPlan = { kind: "http", method: "POST", urlFields: [], answer: "json", input: "i", effect: "write", idempotency: { kind: "header", header: "Idempotency-Key" }, errors: {} };
const read: Partial<HttpToolPlan> = { method: "GET", effect: "read", idempotency: { kind: "none" } };

interface How {
  readonly plan?: Partial<HttpToolPlan>;
  readonly input?: Json;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly key?: string;
  readonly connections?: HttpConnections;
}
function call(path: string, { plan, input = { a: 1 }, headers = {}, signal = new AbortController().signal, key = "key-1", connections = open }: How = {}): Promise<Json> {
  const url = path.startsWith("/") ? server.url + path : path;
  const tool = openHttpTool({ plan: { ...basics, ...plan }, url: () => Promise.resolve(url), headers: () => Promise.resolve(headers), connections });
  const toolCall: ToolCall = { input, key, attempt: 2, signal, log: () => undefined, run: { id: "RUN", flow: "orders", path: "pay[0]" } };
  return tool.call(toolCall);
}

describe("requests", () => {
  test("a write is JSON with its key, attempt and place in the flow", async () => {
    expect(await call("/effect/ok", { input: { a: 1, b: [true] }, headers: { Authorization: "Bearer tok" } })).toEqual({ id: "r-key-1", body: { a: 1, b: [true] } });
    expect(await get("/seen")).toMatchObject({
      method: "POST",
      body: { a: 1, b: [true] },
      headers: { "content-type": "application/json", accept: "application/json", authorization: "Bearer tok", "idempotency-key": "key-1", "flowctl-run": "RUN", "flowctl-flow": "orders", "flowctl-path": "pay[0]", "flowctl-attempt": "2" },
    });
  });

  test("a read puts its input into the query, without the url's own fields", async () => {
    await call("/effect/ok?x=0", { plan: { ...read, urlFields: ["id"] }, input: { id: "i1", n: 1, on: true, tags: ["a b", "c"], filter: { k: 1 }, none: null } });
    const seen = await get("/seen");
    expect(seen["url"]).toBe(`/effect/ok?x=0&n=1&on=true&tags=a+b&tags=c&filter=${encodeURIComponent('{"k":1}')}`);
    expect(seen["body"]).toBe(null);
  });

  test("DELETE uses the query too, and the key as a field where the tool says so", async () => {
    await call("/effect/ok", { plan: { method: "DELETE", idempotency: { kind: "field", field: "request_id" } }, input: { id: 7 } });
    expect(await get("/seen")).toMatchObject({ method: "DELETE", url: "/effect/ok?id=7&request_id=key-1" });
    await call("/effect/ok", { plan: { method: "PUT", urlFields: ["id"], idempotency: { kind: "field", field: "request_id" } }, input: { id: 7, v: 2 } });
    expect(await get("/seen")).toMatchObject({ method: "PUT", body: { v: 2, request_id: "key-1" } });
  });

  test("credentials in the url become a header", async () => {
    await call(`http://u:p%40ss@127.0.0.1:${port}/effect/ok`);
    expect(await get("/seen")).toMatchObject({ headers: { authorization: `Basic ${Buffer.from("u:p@ss").toString("base64")}` } });
  });

  test.each([
    ["not a url", {}, "the tool's url is not an http or https address"],
    ["ftp://h/x", {}, "the tool's url is not an http or https address"],
    ["/effect/ok", { headers: { x: "a\r\nsecret: 1" } }, "a header or the path is not valid HTTP"],
    ["/effect/ok", { plan: read, input: "text" }, "needs an object as input"],
  ] satisfies [string, How, string][])("what cannot be sent is not: %s %j", async (url, how, message) => {
    await expect(call(url, how)).rejects.toMatchObject({ name: "StepError", code: "invalid_input", outcome: "not_applied", message: expect.stringContaining(message) });
    expect(await get("/ledger")).toMatchObject({ requests: 0 });
  });
});

describe("answers", () => {
  test("as JSON, as text, or not at all", async () => {
    expect(await call("/effect/text", { plan: { answer: "text" } })).toBe("grüezi");
    expect(await call("/effect/text", { plan: { answer: "none" } })).toBe(null);
    expect(await call("/effect/204", { plan: { answer: "none" } })).toBe(null);
    expect(await call("/effect/big", { plan: { answer: "none" } })).toBe(null);
    expect(await call("/effect/cut", { plan: { answer: "none" } })).toBe(null);
  });

  test("a body that nobody wants holds nothing up, also where it never ends", async () => {
    const endless = createServer((request, response) => void request.resume().on("end", () => (request.url?.startsWith("/moved") === true ? response.writeHead(302, { location: `${server.url}/effect/text` }) : response).write("x")));
    endless.listen(0, "127.0.0.1");
    await once(endless, "listening");
    const address = endless.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const connections = openHttpConnections({ allow: ["127.0.0.1"] });
    try {
      expect(await call(`${url}/done`, { plan: { answer: "none" }, connections })).toBe(null);
      expect(await call(`${url}/moved`, { plan: { ...read, answer: "text" }, connections })).toBe("grüezi");
    } finally {
      await connections[Symbol.asyncDispose]();
      endless.closeAllConnections();
      endless.close();
    }
  });

  test.each([{ "x-name": "a\r\nevil: 1" }, { "x-name": "5 €" }, { expect: "100-continue" }, { "content-length": "3" }])("a write with a header that cannot be sent is not sent: %j", async (headers) => {
    await expect(call("/effect/ok", { headers })).rejects.toMatchObject({ code: "invalid_input", outcome: "not_applied" });
    expect(await get("/ledger")).toMatchObject({ applied: {} });
  });

  const typed: Partial<HttpToolPlan> = { errors: { declined: { status: [402], type: "Decline" } } };
  const write = "unknown";
  test.each([
    ["402", typed, { code: "declined", data: { reason: "no money" } }, "not_applied"],
    ["402", {}, { code: "refused" }, "not_applied"],
    ["400", {}, { code: "refused", message: expect.stringContaining("answered 400: ") }, "not_applied"],
    ["429", {}, { code: "rate_limit", retryAfterMs: 2000 }, "not_applied"],
    ["503", {}, { code: "unavailable", retryAfterMs: 2000 }, write],
    ["500", {}, { code: "unavailable" }, write],
    ["408", {}, { code: "unavailable" }, write],
    ["reset", {}, { code: "unavailable" }, write],
    ["cut", {}, { code: "unavailable" }, write],
    ["notjson", {}, { code: "invalid_output" }, write],
    ["204", {}, { code: "invalid_output" }, write],
    ["big", {}, { code: "limit" }, write],
    ["redirect?status=303", {}, { code: "refused" }, write],
    ["redirect?status=307", {}, { code: "refused" }, "not_applied"],
  ] as [string, Partial<HttpToolPlan>, object, string][])("%s %j is %j, and a write is %s", async (what, plan, error, outcome) => {
    await expect(call(`/effect/${what}`, { plan })).rejects.toMatchObject({ name: "StepError", ...error, outcome });
    if (!what.startsWith("redirect")) await expect(call(`/effect/${what}`, { plan: { ...plan, ...read } })).rejects.toMatchObject({ name: "StepError", ...error, outcome: "not_applied" });
    expect(await get("/ledger")).toMatchObject({ requests: what.startsWith("redirect") ? 1 : 2 });
  });

  test("a Retry-After date counts from now", async () => {
    const date = encodeURIComponent(new Date(Date.now() + 90_000).toUTCString());
    const error: unknown = await call(`/effect/429?after=${date}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "rate_limit", retryAfterMs: expect.closeTo(90_000, -4) });
  });

  test("a retry under the same key is applied once", async () => {
    await expect(call("/effect/reset-2", { key: "k" })).rejects.toMatchObject({ outcome: "unknown" });
    await expect(call("/effect/reset-2", { key: "k" })).rejects.toMatchObject({ outcome: "unknown" });
    expect(await call("/effect/reset-2", { key: "k" })).toMatchObject({ id: "r-k" });
    expect(await get("/ledger")).toMatchObject({ applied: { k: { count: 1, calls: 3 } } });
  });

  test.each(["hang", "slow"])("an endpoint that %ss is left when the signal says so, with its reason", async (what) => {
    const abort = new AbortController();
    const reason = new Error("timed out");
    const running = call(`/effect/${what}`, { signal: abort.signal });
    running.catch(() => undefined);
    await expect.poll(async () => (await get("/ledger"))["requests"]).toBe(1);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(call("/effect/ok", { signal: abort.signal })).rejects.toBe(reason);
  });

  test("no secret is in a message, whatever the service quotes", async () => {
    const error: unknown = await call(`http://user:pass-1234@127.0.0.1:${port}/effect/400?token=tok-123456`, { headers: { authorization: "Bearer very-secret-token" } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `\`POST http://127.0.0.1:${port}\` answered 400: {"message":"bad request from ***"}` });
  });
});

describe("redirects of reads", () => {
  test("are followed", async () => {
    expect(await call("/effect/redirect?to=/effect/ok", { plan: read })).toMatchObject({ id: expect.any(String) });
  });

  test("end after five", async () => {
    await expect(call("/effect/loop", { plan: read })).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("more than 5 times") });
    expect(await get("/ledger")).toMatchObject({ requests: 6 });
  });

  test("to another origin go without credentials", async () => {
    await using other = await startServer("tool-server");
    const allow = [server.url, other.url].map((url) => new URL(url).host);
    await using connections = openHttpConnections({ allow });
    await call(`/effect/redirect?to=${other.url}/effect/ok`, { plan: read, headers: { authorization: "Bearer x", "x-api-key": "y" }, connections });
    const seen: { headers: JsonObject } = JSON.parse(await (await fetch(`${other.url}/seen`)).text());
    expect(seen.headers).not.toHaveProperty("authorization");
    expect(seen.headers).not.toHaveProperty("x-api-key");
    expect(seen.headers).toHaveProperty("flowctl-run");
  });

  test.each(["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/x", "http://[::1]:1/", "http://localhost:1/", "http://2130706433:1/"])("to the private address %s are refused", async (to) => {
    await expect(call(`/effect/redirect?to=${to}`, { plan: read })).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("network.allow") });
  });

  test.each(["file:///etc/passwd", "javascript:alert(1)", "http://"])("to %s are refused", async (to) => {
    await expect(call(`/effect/redirect?to=${to}`, { plan: read })).rejects.toMatchObject({ code: "refused" });
  });
});

describe("private addresses", () => {
  const hosts = () => ["127.0.0.1", "localhost", "0x7f000001", "0177.0.0.1", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"].map((host) => `http://${host}:${port}/effect/ok`);

  test("are not reached, however they are written", async () => {
    await using connections = openHttpConnections({ allow: [] });
    for (const url of hosts()) {
      await expect(call(url, { connections }), url).rejects.toMatchObject({ name: "StepError", code: "refused", outcome: "not_applied", message: expect.stringContaining("`network.allow`") });
    }
    expect(await get("/ledger")).toMatchObject({ requests: 0 });
  });

  test("are reached where the project lists host and port, or the host alone", async () => {
    await using byPort = openHttpConnections({ allow: [`LOCALHOST:${port}`] });
    await call(`http://localhost:${port}/effect/ok`, { connections: byPort });
    await expect(call(`http://127.0.0.1:${port}/effect/ok`, { connections: byPort })).rejects.toMatchObject({ code: "refused" });
    await using byHost = openHttpConnections({ allow: ["127.0.0.1"] });
    await call(`http://127.1:${port}/effect/ok`, { connections: byHost });
    await using otherPort = openHttpConnections({ allow: ["127.0.0.1:1"] });
    await expect(call(`http://127.0.0.1:${port}/effect/ok`, { connections: otherPort })).rejects.toMatchObject({ code: "refused" });
  });
});

test.each(["http://127.0.0.1:1/x", "http://no-such-host.invalid/x", "tls"])("without a connection nothing was applied: %s", async (url) => {
  await using connections = openHttpConnections({ allow: ["127.0.0.1"] });
  const target = url === "tls" ? `https://127.0.0.1:${port}/effect/ok` : url;
  await expect(call(target, { connections })).rejects.toMatchObject({ code: "unavailable", outcome: "not_applied", message: expect.stringContaining("cannot connect") });
});

test("connections are kept and used again", async () => {
  await using connections = openHttpConnections({ allow: ["127.0.0.1"] });
  let connected = 0;
  connections.dispatcher.on("connect", () => connected++);
  for (let n = 0; n < 20; n++) await call("/effect/ok", { connections });
  // The pool may open a second one while the first is still being cleared.
  expect(connected).toBeLessThanOrEqual(2);
});
