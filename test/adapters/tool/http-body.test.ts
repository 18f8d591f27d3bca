import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHttpConnections } from "../../../src/adapters/tool/http/connections.js";
import type { HttpToolPlan } from "../../../src/adapters/tool/http/request.js";
import { openHttpTool } from "../../../src/adapters/tool/http/tool.js";
import type { Json } from "../../../src/core/json.js";

/** Servers pack their answers, or write them in other characters, whether they are asked to or not. */
let answer: { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer } = { status: 200, headers: {}, body: Buffer.alloc(0) };
const server = createServer((request, response) => void request.resume().on("end", () => response.writeHead(answer.status, answer.headers).end(answer.body)));
const connections = openHttpConnections({ allow: ["127.0.0.1"] });
let url = "";
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
afterAll(async () => {
  await connections[Symbol.asyncDispose]();
  server.close();
});

function call(body: Buffer, headers: OutgoingHttpHeaders, plan: Partial<HttpToolPlan> = {}, status = 200): Promise<Json> {
  answer = { status, headers, body };
  const basics: HttpToolPlan = { kind: "http", method: "POST", urlFields: [], answer: "json", input: "i", effect: "write", idempotency: { kind: "none" }, errors: {} };
  const tool = openHttpTool({ plan: { ...basics, ...plan }, url: async () => url, headers: async () => ({}), connections });
  return tool.call({ input: {}, key: "k", attempt: 1, signal: new AbortController().signal, log: () => undefined, run: { id: "r", flow: "f", path: "p" } });
}

const VALUE = { text: "grüezi" };
const JSON_TEXT = Buffer.from(JSON.stringify(VALUE));

describe("a packed answer", () => {
  test.each([
    ["gzip", gzipSync(JSON_TEXT)],
    ["x-gzip", gzipSync(JSON_TEXT)],
    ["deflate", deflateSync(JSON_TEXT)],
    ["br", brotliCompressSync(JSON_TEXT)],
    ["zstd", zstdCompressSync(JSON_TEXT)],
    ["identity", JSON_TEXT],
    ["br, GZIP", gzipSync(brotliCompressSync(JSON_TEXT))],
  ])("%s is unpacked", async (encoding, body) => {
    expect(await call(body, { "content-encoding": encoding })).toEqual(VALUE);
    expect(await call(body, { "content-encoding": encoding }, { answer: "text" })).toBe(JSON_TEXT.toString());
  });

  test("of an error of the tool's own is its data", async () => {
    await expect(call(gzipSync(JSON_TEXT), { "content-encoding": "gzip" }, { errors: { declined: { status: [402] } } }, 402)).rejects.toMatchObject({ code: "declined", data: VALUE });
  });

  test.each(["gzip", "deflate", "br", "zstd", "gzip, br"])("%s of nothing, as HEAD is answered, is nothing", async (encoding) => {
    expect(await call(Buffer.alloc(0), { "content-encoding": encoding }, { method: "HEAD", effect: "read", answer: "text" })).toBe("");
    expect(await call(Buffer.alloc(0), { "content-encoding": encoding }, { answer: "text" })).toBe("");
  });

  test.each([
    ["that unpacks to more than anybody can use", "gzip", gzipSync(Buffer.alloc(80_000_000, " ")), { code: "limit" }],
    ["that is cut", "gzip", gzipSync(JSON_TEXT).subarray(0, 12), { code: "unavailable", message: expect.stringMatching(/broke off/) }],
    ["that is none", "br", JSON_TEXT, { code: "unavailable" }],
    ["in a way that is not known", "snappy", JSON_TEXT, { code: "invalid_output", message: expect.stringMatching(/the content encoding `snappy`/) }],
  ])("%s says so, and a write may have been applied", async (_name, encoding, body, error) => {
    await expect(call(body, { "content-encoding": encoding })).rejects.toMatchObject({ ...error, outcome: "unknown" });
  });
});

test.each([
  ["iso-8859-1", Buffer.from("grüezi", "latin1")],
  ['"UTF-16LE"', Buffer.from("grüezi", "utf16le")],
  ["nobody-knows", Buffer.from("grüezi")],
])("text in the characters that its type names (%s) is read in them", async (charset, body) => {
  expect(await call(body, { "content-type": `text/plain; charset=${charset}` }, { answer: "text" })).toBe("grüezi");
});
