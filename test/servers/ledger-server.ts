// What the flows of `npm run crash` call: a ledger that counts its effects, and a model that counts its calls. Run it with
// `node --import ./scripts/sources.mjs test/servers/ledger-server.ts --seed N`: it prints `{"url": …}` and ends when its stdin closes.
//
//   POST /dispatch /tickets /charge   writes that know the header Idempotency-Key; an effect has the id of what it is about
//   POST /stamp                       a write that knows no keys
//   POST /v1/chat/completions         the agents of flows/: planner, router, resolver
//   GET  /counts                      { effects: { "charge o-1/0": 1 }, keys: n, conflicts: n, models: { "planner s-1 0": 1 }, requests: n }
//
// Answers take some milliseconds; some are lost after the effect (503, or the connection is cut), some are refused before it (429).
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../support/seeded-random.js";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const { next: random } = seededRandom(Number(values.seed));

/** Effects by what they are about: a second one under another key is a second one. */
const effects = new Map<string, number>();
const answered = new Map<string, { readonly asked: string; readonly answer: Json }>();
const models = new Map<string, number>();
let conflicts = 0;
let requests = 0;

const count = (counts: Map<string, number>, of: string): void => void counts.set(of, (counts.get(of) ?? 0) + 1);
const text = (value: Json, ...path: (string | number)[]): string => String(at(value, ...path) ?? "");
const at = (value: Json, ...path: (string | number)[]): Json =>
  path.reduce<Json>((here, key) => {
    const found: unknown = typeof here === "object" && here !== null ? Object.getOwnPropertyDescriptor(here, key)?.value : null;
    return isJson(found) ? found : null;
  }, value);
const isJson = (value: unknown): value is Json => value !== undefined;

const writes: Readonly<Record<string, (body: Json) => readonly [about: string, answer: Json]>> = {
  "/dispatch": (body) => [`dispatch ${text(body, "plan")}`, { booking: `bk-${text(body, "plan")}`, eta_minutes: 45 }],
  "/tickets": (body) => [`ticket ${text(body, "message")}`, { ticket: `T-${text(body, "message")}` }],
  "/charge": (body) => [`charge ${text(body, "id")}/${text(body, "part")}`, { receipt: `r-${text(body, "id")}-${text(body, "part")}` }],
};

function write(path: string, request: IncomingMessage, response: ServerResponse, asked: string): void {
  const act = writes[path];
  const key = request.headers["idempotency-key"];
  if (act === undefined || typeof key !== "string") return json(response, 400, { message: "expected a write and its Idempotency-Key" });
  const luck = random();
  if (luck < 0.02) return json(response, 429, { message: "slow down" });
  const known = answered.get(key);
  if (known !== undefined && known.asked !== asked) {
    conflicts += 1;
    return json(response, 409, { message: "this key was used for something else" });
  }
  const [about, answer] = act(JSON.parse(asked));
  if (known === undefined) {
    count(effects, about);
    answered.set(key, { asked, answer });
  }
  if (luck < 0.04) return json(response, 503, { message: "the answer was lost" });
  if (luck < 0.05) return void response.destroy();
  json(response, 200, answer);
}

/** The input of the agents of flows/supply-chain and flows/customer-support says which of them asks. */
function say(body: Json): { readonly call: string; readonly message: Json } {
  const messages = at(body, "messages");
  const list = Array.isArray(messages) ? messages : [];
  const input: Json = JSON.parse(text(list.find((one: Json) => text(one, "role") === "user") ?? null, "content"));
  const turn = list.filter((one: Json) => text(one, "role") === "assistant").length;
  const answer = (call: string, content: Json): { readonly call: string; readonly message: Json } => ({ call: `${call} ${turn}`, message: { role: "assistant", content: JSON.stringify(content) } });
  if (at(input, "sales_rate") !== null) {
    const id = text(input, "id");
    if (turn > 0) return answer(`planner ${id}`, { from: "hub", units: 5, why: "it is near" });
    const tool = { id: "call_0", type: "function", function: { name: "spare_units", arguments: JSON.stringify({ sku: text(input, "sku"), site: text(input, "site") }) } };
    return { call: `planner ${id} 0`, message: { role: "assistant", content: null, tool_calls: [tool] } };
  }
  if (at(input, "message") !== null) return answer(`resolver ${text(input, "message", "id")}`, { text: "As the handbook says.", sources: [text(input, "passages", 0, "source")] });
  const number = Number(text(input, "id").replace(/\D/g, ""));
  return answer(`router ${text(input, "id")}`, { intent: number % 3 === 0 ? "escalation" : number % 3 === 1 ? "billing" : "technical", sure: 0.9 });
}

function complete(response: ServerResponse, asked: string): void {
  const body: Json = JSON.parse(asked);
  if (at(body, "stream") === true) return json(response, 400, { error: { message: "this server does not stream" } });
  const { call, message } = say(body);
  count(models, call);
  const finish = at(message, "content") === null ? "tool_calls" : "stop";
  json(response, 200, { id: "c", object: "chat.completion", created: 1, model: at(body, "model"), choices: [{ index: 0, finish_reason: finish, message }], usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/counts") {
    return json(response, 200, { effects: Object.fromEntries(effects), keys: answered.size, conflicts, models: Object.fromEntries(models), requests });
  }
  requests += 1;
  let asked = "";
  for await (const chunk of request) asked += String(chunk);
  if (pathname === "/v1/chat/completions") {
    await pause(2 + random() * 30);
    return complete(response, asked);
  }
  await pause(random() * 10);
  if (pathname === "/stamp") {
    count(effects, `stamp ${text(JSON.parse(asked), "id")}`);
    await pause(random() * 10);
    return json(response, 200, { stamped: true });
  }
  write(pathname, request, response, asked);
}

const json = (response: ServerResponse, status: number, body: Json): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => json(response, 400, { message: String(error) }));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
