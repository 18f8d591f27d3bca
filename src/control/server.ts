import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { InfraError } from "../core/errors.js";
import { messageOf } from "../core/message-of.js";
import { PublishRefused } from "../core/ports/bus.js";
import { BadRequest, count, readBody, text } from "./body.js";
import { CALLS, type ControlParts } from "./calls.js";
import { TooSlow, type Feed } from "./feed.js";
import { lines } from "./lines.js";
import { noAnswer, ROOT, type Failure, type Hello, type Watched } from "./protocol.js";
import { controlSocketPath, makePrivateFolder, realDatabase } from "./socket-path.js";

export interface ControlServer extends AsyncDisposable {
  readonly socketPath: string;
}

/** At once; a terminal UI holds two, one of them a watch. However many watch, commands find a connection. */
const MOST_CONNECTIONS = 256;
const MOST_WATCHERS = 128;

/** Answers operators over a Unix socket that only this user can open. Nothing that a client does ends it or slows a run. */
export async function serveControl(options: { /** Its path; the socket's is made of it. */ readonly database: string; readonly flows: () => readonly string[]; readonly parts: ControlParts; readonly feed: Feed }): Promise<ControlServer> {
  const { feed } = options;
  const database = realDatabase(options.database);
  const socketPath = controlSocketPath(database);
  makePrivateFolder(dirname(socketPath));
  const closing = new AbortController();
  const server = createServer({ headersTimeout: 5000, requestTimeout: 30_000 }, (request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    void answer(request, response).catch((error: unknown) => fail(response, error));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (_request, socket) => socket.destroy());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (!url.startsWith(ROOT)) throw new BadRequest("there is no such path; this flowctl answers under /v1/", 404);
    const name = url.slice(ROOT.length);
    if (request.method !== "POST") throw new BadRequest("calls are POST requests with a JSON body", 405);
    const body = await readBody(request);
    if (name === "hello") return send(response, 200, { pid: process.pid, database, flows: options.flows() } satisfies Hello);
    if (name === "read") return await stream(response, lines(options.parts.store.read(text(body, "run"), count(body, "from", Number.MAX_SAFE_INTEGER))));
    if (name === "watch") {
      if (feed.watchers() >= MOST_WATCHERS) throw new BadRequest(`${MOST_WATCHERS} commands watch this process already`, 503);
      const gone = new AbortController();
      response.on("close", () => gone.abort());
      return await stream(response, watched(feed.watch(AbortSignal.any([gone.signal, closing.signal]))));
    }
    const call = CALLS.get(name);
    if (call === undefined) throw new BadRequest(`there is no call \`${name}\``, 404);
    send(response, 200, (await call(options.parts, body)) ?? null);
  }

  await listen(server, socketPath);
  // A connection that cannot be accepted (no file descriptor is left) is one that the client sees refused.
  server.on("error", () => undefined);
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function* watched(batches: AsyncIterable<readonly Watched[]>): AsyncGenerator<string> {
  // The first line says that nothing is missed from here on.
  yield "\n";
  for await (const batch of batches) yield batch.map((item) => `${JSON.stringify(item)}\n`).join("");
}

/** Back-pressure: the next part is made when the last one has left. */
async function stream(response: ServerResponse, parts: AsyncIterable<string>): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  try {
    for await (const part of parts) {
      if (response.destroyed) return;
      if (!response.write(part)) await drained(response);
    }
  } catch (error) {
    response.write(`${JSON.stringify({ cut: sentence(error) })}\n`);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
    if (response.destroyed) done();
  });
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  // What is left of a body that is too large is not read.
  if (error instanceof BadRequest && error.status === 413) response.setHeader("connection", "close");
  send(response, error instanceof BadRequest ? error.status : 500, failureOf(error));
}

function failureOf(error: unknown): Failure {
  if (error instanceof BadRequest) return { error: { code: "bad_request", message: error.message } };
  if (error instanceof PublishRefused) return { error: { code: "publish_refused", message: error.message, refused: error.refused, ...(error.unsettled === null ? {} : { unsettled: [...error.unsettled] }) } };
  if (error instanceof InfraError) return { error: { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) } };
  return { error: { code: "FC6020", message: sentence(error) } };
}

const sentence = (error: unknown): string => (error instanceof TooSlow ? "this watcher fell too far behind" : messageOf(error));

/** A socket whose process is dead is replaced; one that answers is not. */
async function listen(server: Server, path: string): Promise<void> {
  try {
    await bind(server, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw noAnswer(`the control socket \`${path}\` cannot be made: ${sentence(error)}`, error);
    if (await answers(path)) throw noAnswer("another process serves this database already", error);
    unlinkSync(path);
    await bind(server, path);
  }
  chmodSync(path, 0o600);
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
