import { connect } from "node:net";
import { request as httpRequest } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createHttpServer } from "../../../src/adapters/http-server/server.js";
import type { HttpAnswer, HttpListening, HttpRequest } from "../../../src/core/ports/http-server.js";

let listening: HttpListening | null = null;
afterEach(async () => {
  await listening?.close();
  listening = null;
});

const said = (value: unknown, status = 200): HttpAnswer => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
async function listen(handle: (request: HttpRequest) => Promise<HttpAnswer>, host = "127.0.0.1"): Promise<string> {
  listening = await createHttpServer({ host, port: 0 }).listen(handle);
  return listening.address;
}

/** As node:http sends it: `fetch` sets some headers itself. */
const send = (address: string, headers: Readonly<Record<string, string>>, body?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(address, { method: body === undefined ? "GET" : "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(body);
  });

test("a request with its parts, and its answer", async () => {
  const address = await listen(async ({ method, path, query, headers, body }) => said({ method, path, query, type: headers["content-type"], body: new TextDecoder().decode((await body()) ?? new Uint8Array()) }));
  const response = await fetch(`${address}/a%20b/c?x=1&y=%3F`, { method: "PUT", body: "{}", headers: { "Content-Type": "application/json" } });
  expect(await response.json()).toEqual({ method: "PUT", path: "/a%20b/c", query: "x=1&y=%3F", type: "application/json", body: "{}" });
});

test("a body of more than 1 MiB is not read, whether its length is said or not", async () => {
  const address = await listen(async ({ body }) => ((await body()) === null ? said("large", 413) : said("small")));
  const large = "x".repeat(1024 * 1024 + 1);
  expect(await send(address, { "content-length": String(large.length) }, large)).toBe(413);
  expect(await send(address, { "transfer-encoding": "chunked" }, large)).toBe(413);
  expect(await send(address, { "transfer-encoding": "chunked" }, large.slice(1))).toBe(200);
});

test("a loopback server answers to its own names only, and to no page of another site", async () => {
  const address = await listen(async () => said(1));
  for (const host of ["127.0.0.1", "localhost:1", "[::1]:8480"]) expect(await send(address, { host }), host).toBe(200);
  for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"]) expect(await send(address, { host }), host).toBe(403);
  for (const site of ["none", "same-origin"]) expect(await send(address, { "sec-fetch-site": site })).toBe(200);
  for (const site of ["cross-site", "same-site"]) expect(await send(address, { "sec-fetch-site": site })).toBe(403);
});

test("FC6031: an address that is taken, and one that is not this machine's", async () => {
  const port = Number(new URL(await listen(async () => said(1))).port);
  const other = (host: string): Promise<unknown> => createHttpServer({ host, port }).listen(async () => said(1));
  await expect(other("127.0.0.1")).rejects.toMatchObject({ code: "FC6031", message: expect.stringContaining("another program listens there") });
  await expect(other("192.0.2.1")).rejects.toMatchObject({ code: "FC6031" });
});

test("a caller that goes away in the middle of its body ends the reading; closing waits for nobody for long", async () => {
  const heard = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<void>();
  const address = await listen(async ({ body }) => {
    begun.resolve();
    await body().catch((thrown: unknown) => heard.resolve(String(thrown)));
    return said(1);
  });
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{");
  await begun.promise;
  socket.destroy();
  expect(await heard.promise).toContain("Error");
  const idle = connect(Number(port), hostname);
  idle.on("error", () => undefined);
  idle.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{");
  await listening?.close();
  listening = null;
});
