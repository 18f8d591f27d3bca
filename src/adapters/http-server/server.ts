import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { InfraError } from "../../core/errors.js";
import type { HttpAnswer, HttpListening, HttpRequest, HttpServer } from "../../core/ports/http-server.js";
import { readBody } from "./body.js";
import { refused } from "./refused.js";

/** Where it listens; port 0 is any that is free. An IPv6 address stands without its brackets. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** Slow senders are cut off. */
const REQUEST_MS = 30_000;
/** So long connections may take to end when it is closed. */
const CLOSE_MS = 1_000;

/** Plain HTTP/1.1 by node:http. */
export const createHttpServer = ({ host, port }: ListenAt): HttpServer => ({
  async listen(handle) {
    const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => void serve(handle, request, response, host));
    await bound(server, host, port);
    return listening(server, host);
  },
});

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // One that listens goes on after a connection that could not be taken.
    server.on("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "another program listens there" : cause.code === "EACCES" ? "this user may not" : cause.message;
      reject(new InfraError("FC6031", `Requests cannot be listened for at ${shown(host)}:${port}: ${why}.`, { hint: "Name another address: `http: { listen: \"127.0.0.1:8481\" }` in flowctl.yaml, or `--set http.listen=127.0.0.1:8481`.", cause }));
    });
    server.listen(port, host, resolve);
  });
}

function listening(server: Server, host: string): HttpListening {
  const at = server.address();
  return {
    address: `http://${shown(host)}:${typeof at === "object" && at !== null ? at.port : ""}`,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

const shown = (host: string): string => (host.includes(":") ? `[${host}]` : host);

async function serve(handle: (request: HttpRequest) => Promise<HttpAnswer>, request: IncomingMessage, response: ServerResponse, host: string): Promise<void> {
  const { status, headers, body } = refused(request, host) ?? (await handle(requestOf(request)));
  // The rest of a body that nobody reads would hold the connection.
  if (!request.complete) request.resume();
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), ...(status === 413 || status === 503 ? { connection: "close" } : {}) });
  response.end(body);
}

function requestOf(request: IncomingMessage): HttpRequest {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]));
  return { method: request.method ?? "GET", path, query: query.join("?"), headers, body: () => readBody(request) };
}
