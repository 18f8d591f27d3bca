// A local server that speaks OpenAI's protocol (chat completions and responses) and misbehaves on demand. Run it with
// `node model-server.ts`: it prints `{"url": …}` and ends when its stdin closes. What a model answers is put before:
//
//   PUT  /control/<model>   a list of Turn, one per call, the last for all further ones
//   GET  /control/<model>   { calls: [request bodies], auth: [authorization headers], closed: n }  (closed: cut by the caller)
//
// A model without a script answers what its name says, for ever: `nonsense`, `hang`, `status-500`, `cut`, else a
// smallest value of the schema that it is asked for, or an echo of the last message.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

interface Turn {
  readonly text?: string;
  /** `args` is data, or text that is sent as it stands. */
  readonly tools?: readonly { readonly name: string; readonly args: unknown; readonly raw?: string }[];
  readonly refusal?: string;
  readonly finish?: string;
  /** null: none is reported. */
  readonly usage?: { readonly in: number; readonly out: number } | null;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Sent with 200 instead of an answer. */
  readonly raw?: string;
  readonly hang?: true;
  /** Cuts the connection after so many pieces of a stream, or in the middle of a body. */
  readonly cutAfter?: number;
  /** Ends a stream in good order, but without its last pieces. */
  readonly endAfter?: number;
  readonly pieceMs?: number;
}
interface Script {
  turns: readonly Turn[];
  readonly calls: unknown[];
  readonly auth: string[];
  closed: number;
}

const scripts = new Map<string, Script>();
const scriptOf = (model: string): Script => {
  const script = scripts.get(model) ?? { turns: [], calls: [], auth: [], closed: 0 };
  scripts.set(model, script);
  return script;
};

const field = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null && Object.hasOwn(at, key) ? Object.getOwnPropertyDescriptor(at, key)?.value : undefined), value);

function turnFor(model: string, script: Script, request: unknown): Turn {
  const scripted = script.turns[Math.min(script.calls.length, script.turns.length) - 1];
  if (scripted) return scripted;
  if (model === "nonsense") return { text: "colourless green ideas sleep furiously" };
  if (model === "hang") return { hang: true };
  if (model === "cut") return { text: "one two three four", cutAfter: 2 };
  if (model.startsWith("status-")) return { status: Number(model.slice(7)), body: { error: { message: "as you asked", type: "server_error" } } };
  const schema = field(request, "response_format", "json_schema", "schema") ?? field(request, "text", "format", "schema");
  if (schema !== undefined) return { text: JSON.stringify(smallest(schema, schema)) };
  const messages = field(request, "messages") ?? field(request, "input");
  const last = Array.isArray(messages) ? field(messages.at(-1), "content") : messages;
  return { text: `You said: ${typeof last === "string" ? last : JSON.stringify(last)}` };
}

/** A smallest value that fits a schema's structure. */
function smallest(schema: unknown, root: unknown): unknown {
  const ref = field(schema, "$ref");
  if (typeof ref === "string") return smallest(field(root, ...ref.replace(/^#\//, "").split("/")), root);
  if (field(schema, "const") !== undefined) return field(schema, "const");
  const choice = field(schema, "enum", 0) ?? undefined;
  if (choice !== undefined) return choice;
  const any = field(schema, "anyOf", 0) ?? field(schema, "oneOf", 0);
  if (any !== undefined) return smallest(any, root);
  const type = field(schema, "type");
  switch (Array.isArray(type) ? type[0] : type) {
    case "object": {
      const required = field(schema, "required");
      return Object.fromEntries((Array.isArray(required) ? required : []).map((key: string) => [key, smallest(field(schema, "properties", key), root)]));
    }
    case "array":
      return [];
    case "number":
    case "integer":
      return field(schema, "minimum") ?? 0;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "text";
  }
}

const usageOf = ({ usage }: Turn) => (usage === null ? undefined : (usage ?? { in: 11, out: 7 }));
const callsOf = ({ tools = [] }: Turn) => tools.map(({ name, args, raw }, index) => ({ id: `call_${index}`, name, args: raw ?? JSON.stringify(args) }));
const piecesOf = (text: string): string[] => text.split(/(?<=\s)/);

function chatAnswer(model: string, turn: Turn): unknown {
  const usage = usageOf(turn);
  const calls = callsOf(turn);
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [
      {
        index: 0,
        finish_reason: turn.finish ?? (calls.length > 0 ? "tool_calls" : "stop"),
        message: {
          role: "assistant",
          content: turn.text ?? null,
          refusal: turn.refusal ?? null,
          ...(calls.length > 0 ? { tool_calls: calls.map(({ id, name, args }) => ({ id, type: "function", function: { name, arguments: args } })) } : {}),
        },
      },
    ],
    ...(usage ? { usage: { prompt_tokens: usage.in, completion_tokens: usage.out, total_tokens: usage.in + usage.out } } : {}),
  };
}

function chatEvents(model: string, turn: Turn): unknown[] {
  const piece = (delta: unknown, finish: string | null = null) => ({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta, finish_reason: finish }] });
  const calls = callsOf(turn);
  const usage = usageOf(turn);
  return [
    piece({ role: "assistant", content: "" }),
    ...piecesOf(turn.text ?? "").map((content) => piece({ content })),
    ...(turn.refusal === undefined ? [] : [piece({ refusal: turn.refusal })]),
    ...calls.flatMap(({ id, name, args }, index) => {
      const half = Math.ceil(args.length / 2);
      return [
        piece({ tool_calls: [{ index, id, type: "function", function: { name, arguments: args.slice(0, half) } }] }),
        piece({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] }),
      ];
    }),
    piece({}, turn.finish ?? (calls.length > 0 ? "tool_calls" : "stop")),
    ...(usage ? [{ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model, choices: [], usage: { prompt_tokens: usage.in, completion_tokens: usage.out, total_tokens: usage.in + usage.out } }] : []),
  ];
}

function responsesAnswer(model: string, turn: Turn): unknown {
  const usage = usageOf(turn);
  const stopped = turn.finish === "length" ? { reason: "max_output_tokens" } : turn.finish === "content_filter" ? { reason: "content_filter" } : null;
  return {
    id: "resp_1",
    object: "response",
    created_at: 1,
    model,
    status: stopped ? "incomplete" : "completed",
    incomplete_details: stopped,
    error: null,
    output: [
      ...(turn.text === undefined && turn.refusal === undefined
        ? []
        : [{ type: "message", id: "msg_1", status: "completed", role: "assistant", content: [turn.refusal === undefined ? { type: "output_text", text: turn.text, annotations: [] } : { type: "refusal", refusal: turn.refusal }] }]),
      ...callsOf(turn).map(({ id, name, args }) => ({ type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: args, status: "completed" })),
    ],
    ...(usage ? { usage: { input_tokens: usage.in, output_tokens: usage.out, total_tokens: usage.in + usage.out, input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } } } : {}),
  };
}

function responsesEvents(model: string, turn: Turn): unknown[] {
  const text = turn.text;
  return [
    { type: "response.created", response: { id: "resp_1", model, status: "in_progress", output: [] } },
    ...(text === undefined
      ? []
      : [
          { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "msg_1", role: "assistant", status: "in_progress", content: [] } },
          ...piecesOf(text).map((delta) => ({ type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta })),
        ]),
    ...callsOf(turn).flatMap(({ id, name, args }, index) => [
      { type: "response.output_item.added", output_index: index + 1, item: { type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: "", status: "in_progress" } },
      { type: "response.function_call_arguments.delta", item_id: `fc_${id}`, output_index: index + 1, delta: args },
      { type: "response.output_item.done", output_index: index + 1, item: { type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: args, status: "completed" } },
    ]),
    { type: turn.finish === "length" || turn.finish === "content_filter" ? "response.incomplete" : "response.completed", response: responsesAnswer(model, turn) },
  ];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? null : JSON.parse(text);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  if (path.startsWith("/control/")) {
    const script = scriptOf(decodeURIComponent(path.slice("/control/".length)));
    if (request.method === "PUT") {
      const turns = await bodyOf(request);
      script.turns = Array.isArray(turns) ? turns : [];
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ calls: script.calls, auth: script.auth, closed: script.closed }));
    return;
  }
  const chat = path.endsWith("/chat/completions");
  if (!chat && !path.endsWith("/responses")) {
    response.writeHead(404).end();
    return;
  }
  const body = await bodyOf(request);
  const model = String(field(body, "model"));
  const script = scriptOf(model);
  script.calls.push(body);
  script.auth.push(request.headers.authorization ?? "");
  response.on("close", () => {
    if (!response.writableFinished) script.closed++;
  });
  const turn = turnFor(model, script, body);
  if (turn.hang) return;
  if (turn.status !== undefined) {
    response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers }).end(typeof turn.body === "string" ? turn.body : JSON.stringify(turn.body ?? { error: { message: "scripted" } }));
    return;
  }
  if (field(body, "stream") !== true) {
    const text = turn.raw ?? JSON.stringify(chat ? chatAnswer(model, turn) : responsesAnswer(model, turn));
    response.writeHead(200, { "content-type": "application/json", ...turn.headers, ...(turn.cutAfter === undefined ? {} : { "content-length": String(text.length + 100) }) });
    if (turn.cutAfter === undefined) response.end(text);
    else response.write(text.slice(0, text.length >> 1), () => response.destroy());
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", ...turn.headers });
  const events = turn.raw === undefined ? (chat ? chatEvents(model, turn) : responsesEvents(model, turn)) : [];
  if (turn.raw !== undefined) response.write(`data: ${turn.raw}\n\n`);
  for (const [index, event] of events.entries()) {
    if (index === turn.endAfter) break;
    if (index === turn.cutAfter) {
      response.write(": cut\n\n", () => response.destroy());
      return;
    }
    if (turn.pieceMs !== undefined) await pause(turn.pieceMs);
    const type = field(event, "type");
    response.write(`${chat ? "" : `event: ${String(type)}\n`}data: ${JSON.stringify(event)}\n\n`);
  }
  response.end(chat && turn.endAfter === undefined ? "data: [DONE]\n\n" : undefined);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.writeHead(400).end(String(error));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
