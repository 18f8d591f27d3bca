// A small logistics, ticket, publishing and shop service for the flows of this folder. `node flows/servers/demo-server.mjs [--port N]`
// prints one JSON line with its `url`, and ends on SIGTERM or SIGINT; started by a program that keeps a pipe to its stdin, also
// when that program ends.
//
//   POST /dispatch    { plan, sku, from, to, units } → { booking, eta_minutes }   422 { reason } for what cannot be moved
//   POST /tickets     { message, from, subject, body } → { ticket }
//   POST /posts       { announcement, title, text } → { url }
//   GET  /dispatches, GET /tickets, GET /posts        what was booked, opened and published
//   POST /reservations, /releases, /charges, /refunds, /parcels and GET /shop        see shop.mjs
//
// All writes want the header Idempotency-Key: a key that comes again gets its first answer, and nothing happens twice.
import { fstatSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { shopReads, shopWrites } from "./shop.mjs";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });

const dispatches = [];
const tickets = [];
const posts = [];
/** Key → what was asked and answered. */
const answered = new Map();

const text = (value) => typeof value === "string" && value !== "";

function dispatch(order) {
  if (![order.plan, order.sku, order.from, order.to].every(text) || !Number.isInteger(order.units)) {
    return [400, { message: "expected { plan, sku, from, to, units }" }];
  }
  if (order.units < 1) return [422, { reason: "nothing to move" }];
  if (order.from === order.to) return [422, { reason: `${order.from} cannot send to itself` }];
  const booking = `bk-${dispatches.length + 1}`;
  const eta_minutes = 45 + ((order.from.length * 7 + order.to.length * 13 + order.units) % 120);
  dispatches.push({ booking, ...order });
  return [200, { booking, eta_minutes }];
}

function openTicket(request) {
  if (![request.message, request.from].every(text)) return [400, { message: "expected { message, from, subject, body }" }];
  const ticket = `T-${1000 + tickets.length + 1}`;
  tickets.push({ ticket, ...request });
  return [200, { ticket }];
}

function publish(post) {
  if (![post.announcement, post.title, post.text].every(text)) return [400, { message: "expected { announcement, title, text }" }];
  const url = `https://news.example/${encodeURIComponent(post.announcement)}`;
  posts.push({ url, ...post });
  return [200, { url }];
}

const writes = { "/dispatch": dispatch, "/tickets": openTicket, "/posts": publish, ...shopWrites };
const reads = { "/dispatches": () => dispatches, "/tickets": () => tickets, "/posts": () => posts, ...shopReads };

async function answer(request) {
  const path = new URL(request.url, "http://localhost").pathname;
  if (request.method === "GET" && Object.hasOwn(reads, path)) return [200, reads[path]()];
  if (request.method !== "POST" || !Object.hasOwn(writes, path)) return [404, { message: "no such page" }];
  const key = request.headers["idempotency-key"];
  if (!text(key)) return [400, { message: "the header Idempotency-Key is missing" }];
  let asked = "";
  for await (const chunk of request.setEncoding("utf8")) asked += chunk;
  const known = answered.get(`${path} ${key}`);
  if (known) return known.asked === asked ? known.answer : [409, { message: "this key was used for something else" }];
  let body;
  try {
    body = JSON.parse(asked);
  } catch {
    return [400, { message: "the body is not JSON" }];
  }
  if (typeof body !== "object" || body === null) return [400, { message: "the body is not an object" }];
  const given = writes[path](body);
  if (given[0] < 400 || given[0] === 422) answered.set(`${path} ${key}`, { asked, answer: given });
  return given;
}

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
    () => response.destroy(),
  );
});
// A client that is busy for seconds finds its connection as it left it.
server.keepAliveTimeout = 0;
server.listen(Number(values.port), "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});

function end() {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 500).unref();
}
process.on("SIGTERM", end).on("SIGINT", end);
// Behind `&` stdin is the terminal, which stops a process that reads it, or in a script /dev/null, which ends at once.
const stdin = fstatSync(0);
// Node's pipes are sockets.
if (stdin.isFIFO() || stdin.isSocket()) process.stdin.on("end", end).resume();
