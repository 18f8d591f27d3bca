// What the saga of `npm run crash -- --flow saga` calls: a ledger that keeps what was applied and what was taken back, order
// by order, and a model. Run it with `node --import ./scripts/sources.mjs test/servers/saga-server.ts --seed N`: it prints `{"url": …}` and ends when its stdin closes.
//
//   POST /do/<what>     { id, part?, refuse? }   an effect; with a key (header Idempotency-Key or X-Request-Id, or field token) at most one
//   POST /undo/<what>   { id, part?, of?, refuse? }   takes it back; `of` is the key of what is undone
//   GET  /did/<what>?id=   { happened, output }
//   POST /heal          { id }   what the undos of this order refused they refuse no more
//   POST /v1/chat/completions   the agent `giver`
//   GET  /counts        { orders: { "o-1": ["do reserved", "undo reserved"] }, conflicts: n, strange: n, models: { "o-1 0": 1 }, requests: n }
//
// Answers take some milliseconds; some are lost after the effect (503, or the connection is cut), some before it (503, 429),
// at most three of one effect in a row: who tries four times before a person is asked is refused for a reason only.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../support/seeded-random.js";

interface Write {
  readonly id: string;
  readonly part?: string;
  readonly refuse?: boolean;
  readonly of?: string;
  readonly token?: string;
}

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const { next: random } = seededRandom(Number(values.seed));

/** What was applied, in order. */
const orders = new Map<string, string[]>();
/** `<order> <effect>` → the key under which it was applied. */
const appliedUnder = new Map<string, string>();
/** By key. */
const asked = new Map<string, string>();
const healed = new Set<string>();
/** How often in a row chance was against an effect. */
const unlucky = new Map<string, number>();
const MOST_UNLUCKY = 3;
const models = new Map<string, number>();
let conflicts = 0;
let strange = 0;
let requests = 0;

const json = (response: ServerResponse, status: number, body: unknown): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const logOf = (id: string): string[] => orders.get(id) ?? orders.set(id, []).get(id) ?? [];

/** The effect comes before any waiting: who asks afterwards whether it happened gets the truth. */
async function write(verb: "do" | "undo", what: string, request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
  const { token, ...body }: Write = JSON.parse(text);
  const key = String(request.headers["idempotency-key"] ?? request.headers["x-request-id"] ?? token ?? "");
  const about = `${verb} ${what} ${body.id} ${body.part ?? ""}`;
  const times = unlucky.get(about) ?? 0;
  const luck = times < MOST_UNLUCKY ? random() : 0.5;
  const said = apply(verb, what, key, body, luck);
  const lost = said.status === 200 && luck < 0.05;
  unlucky.set(about, lost || said.status === 429 || said.status === 503 ? times + 1 : 0);
  await pause(random() * 8);
  if (!lost) return json(response, said.status, said.body);
  if (luck < 0.04) return json(response, 503, { message: "the answer was lost" });
  response.destroy();
}

function apply(verb: "do" | "undo", what: string, key: string, body: Omit<Write, "token">, luck: number): { readonly status: number; readonly body: object } {
  // A model takes a refusal for an answer, and goes on without its gift.
  if (luck > 0.98 && what !== "gift") return { status: 429, body: { message: "slow down" } };
  // What is said again for ever is often not heard; what is not repeatable would fail for good where it is not applied.
  if (luck > (what === "told" ? 0.7 : what === "labelled" && verb === "do" ? 1 : 0.97)) return { status: 503, body: { message: "away" } };
  const { id, part, refuse = false } = body;
  const effect = part === undefined ? what : `${what}/${part}`;
  const before = asked.get(key);
  if (before !== undefined) {
    if (before !== `${verb} ${effect} ${JSON.stringify(body)}`) conflicts += 1;
    return { status: 200, body: { id, ...(part === undefined ? {} : { part }) } };
  }
  if (refuse && !(verb === "undo" && healed.has(id))) return { status: verb === "do" ? 422 : 409, body: { message: `${effect} of ${id}: no` } };
  if (verb === "do") appliedUnder.set(`${id} ${effect}`, key);
  // An undo of what is not there, or not of what it names.
  else if (appliedUnder.get(`${id} ${effect}`) !== (body.of ?? "")) strange += 1;
  logOf(id).push(`${verb} ${effect}`);
  if (key !== "") asked.set(key, `${verb} ${effect} ${JSON.stringify(body)}`);
  return { status: 200, body: { id, ...(part === undefined ? {} : { part }) } };
}

/** The agent wraps each gift of the order, then is done. */
function complete(text: string): object {
  const { model, messages }: { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: string }[] } = JSON.parse(text);
  const { id, gifts }: { readonly id: string; readonly gifts: number } = JSON.parse(messages.find(({ role }) => role === "user")?.content ?? "{}");
  const turn = messages.filter(({ role }) => role === "assistant").length;
  const about = `${id} ${turn}`;
  models.set(about, (models.get(about) ?? 0) + 1);
  const calls = Array.from({ length: gifts }, (_, at) => ({ id: `call_${at}`, type: "function", function: { name: "wrap", arguments: JSON.stringify({ id, part: String(at) }) } }));
  const message = turn === 0 ? { role: "assistant", content: null, tool_calls: calls } : { role: "assistant", content: JSON.stringify({ done: true }) };
  return { id: "c", object: "chat.completion", created: 1, model, choices: [{ index: 0, finish_reason: turn === 0 ? "tool_calls" : "stop", message }], usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/counts") return json(response, 200, { orders: Object.fromEntries(orders), conflicts, strange, models: Object.fromEntries(models), requests });
  requests += 1;
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const [, verb = "", what = ""] = pathname.split("/");
  if (verb === "do" || verb === "undo") return write(verb, what, request, response, text);
  await pause(random() * 8);
  if (verb === "did") {
    const id = searchParams.get("id") ?? "";
    return json(response, 200, { happened: logOf(id).includes(`do ${what}`), output: { id } });
  }
  if (verb === "heal") {
    const { id }: Write = JSON.parse(text);
    healed.add(id);
    return json(response, 200, {});
  }
  json(response, 200, complete(text));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => json(response, 400, { message: String(error) }));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
