// An HTTP service that misbehaves on demand. Run it with `node tool-server.ts`: it prints `{"url": …}` and ends when its
// stdin closes. Every request to /effect/… is counted in a ledger by its Idempotency-Key, applied once per key, before the
// misbehaviour of the path's last part: that is how a caller's wrong idea of an outcome shows.
//
//   ANY  /effect/<what>   what: ok | hang | reset | 500 | 503 | 429 | 408 | 402 | 400 | 204 | big | slow | cut | notjson | text | redirect?to=URL
//                         `hang-2`, `reset-2`, … misbehaves twice per key, then is ok
//   GET  /ledger          { applied: { KEY: { count, calls, body } }, requests: n }
//   GET  /seen            the last request: { method, url, headers, body }
//   DELETE /ledger
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Entry {
  count: number;
  calls: number;
  body: unknown;
}
const ledger = new Map<string, Entry>();
let requests = 0;
let seen: unknown = null;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname === "/ledger") {
    if (request.method === "DELETE") {
      ledger.clear();
      requests = 0;
    }
    json(response, 200, { applied: Object.fromEntries(ledger), requests });
    return;
  }
  if (url.pathname === "/seen") {
    json(response, 200, seen);
    return;
  }
  const body = await bodyOf(request);
  requests++;
  seen = { method: request.method, url: request.url, headers: request.headers, body };
  const [, what = "ok", times] = /^\/effect\/(\w+?)(?:-(\d+))?$/.exec(url.pathname) ?? [];
  const key = String(request.headers["idempotency-key"] ?? `request-${requests}`);
  const entry = ledger.get(key) ?? { count: 0, calls: 0, body };
  entry.calls++;
  if (entry.count === 0 && !["400", "402", "429"].includes(what)) entry.count = 1;
  ledger.set(key, entry);
  misbehave(times !== undefined && entry.calls > Number(times) ? "ok" : what, url, request, response, { id: `r-${key}`, body });
}

function misbehave(what: string, url: URL, request: IncomingMessage, response: ServerResponse, ok: unknown): void {
  switch (what) {
    case "hang":
      return;
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "429":
    case "503":
      json(response, Number(what), { message: "slow down" }, { "retry-after": url.searchParams.get("after") ?? "2" });
      return;
    case "402":
      json(response, 402, { reason: "no money" });
      return;
    case "400":
      json(response, 400, { message: `bad request from ${String(request.headers.authorization)}` });
      return;
    case "408":
    case "500":
      json(response, Number(what), { message: "broken" });
      return;
    case "204":
      response.writeHead(204).end();
      return;
    case "big":
      response.writeHead(200, { "content-type": "application/json" });
      response.write('"');
      for (let written = 0; written < 10; written++) response.write("x".repeat(1024 * 1024));
      response.end('"');
      return;
    case "slow":
      // Headers that never end.
      request.socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
      return;
    case "cut":
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"id":', () => response.destroy());
      return;
    case "notjson":
      response.writeHead(200, { "content-type": "text/html" }).end("<html>welcome</html>");
      return;
    case "text":
      response.writeHead(200, { "content-type": "text/plain" }).end("grüezi");
      return;
    case "redirect":
      response.writeHead(Number(url.searchParams.get("status") ?? 302), { location: url.searchParams.get("to") ?? "/effect/ok" }).end();
      return;
    case "loop":
      response.writeHead(302, { location: url.pathname }).end();
      return;
    default:
      json(response, 200, ok);
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
