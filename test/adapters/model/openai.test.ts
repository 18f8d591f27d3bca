import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiProvider } from "../../../src/adapters/model/openai/provider.js";
import { StepError } from "../../../src/core/errors.js";
import type { Connection } from "../../../src/core/expression.js";
import type { Json, JsonObject } from "../../../src/core/json.js";
import type { Model, ModelMessage, ModelRequest } from "../../../src/core/ports/model.js";
import { modelConformance } from "../../conformance/model.js";
import { startServer, type RunningServer } from "../../servers/start.js";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("model-server");
});
afterAll(() => server.close());

let models = 0;
const KEY = "sk-very-secret-1234";
const text = async (connection: Connection): Promise<string> => connection.map((part) => (typeof part === "string" ? part : "name" in part && part.name === "OPENAI_API_KEY" ? "usual" : KEY)).join("");
const provider = openaiProvider({ text, env: {} });

async function open(turns: readonly Json[], more: { api?: "chat" | "responses"; options?: JsonObject; model?: string; temperature?: number; maxTokens?: number } = {}): Promise<{ model: Model; name: string }> {
  const name = more.model ?? `m${models++}`;
  if (turns.length > 0) await fetch(`${server.url}/control/${name}`, { method: "PUT", body: JSON.stringify(turns) });
  const { api = "chat", options = {}, temperature, maxTokens } = more;
  const model = await provider.open(
    { provider: "openai", model: name, api, options, ...(temperature === undefined ? {} : { temperature }), ...(maxTokens === undefined ? {} : { maxTokens }) },
    { folder: ".", baseUrl: [`${server.url}/v1`], apiKey: [{ secret: "env", name: "MY_KEY" }] },
  );
  return { model, name };
}

interface Control {
  readonly calls: readonly JsonObject[];
  readonly auth: readonly string[];
  readonly closed: number;
}
const control = async (name: string): Promise<Control> => JSON.parse(await (await fetch(`${server.url}/control/${name}`)).text());

const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({ messages: [{ role: "user", text: "hello" }], tools: [], ...more });
const caller = { flow: "f", agent: "a", run: "r", path: "a~0", input: null };
const call = (model: Model, request = ask(), more: { onText?: (text: string) => void; signal?: AbortSignal } = {}) =>
  model.complete(request, { signal: more.signal ?? new AbortController().signal, onText: more.onText ?? null, caller });
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false, ...more });

for (const api of ["chat", "responses"] as const) {
  modelConformance(`openai ${api}`, async (scenes) => {
    const turns = scenes.map((scene): Json => {
      if ("text" in scene) return { text: scene.text };
      if ("json" in scene) {
        const isObject = typeof scene.json === "object" && scene.json !== null && !Array.isArray(scene.json);
        // What a provider answers to the wrapper that is sent for anything but an object.
        return { text: JSON.stringify(isObject && !("x" in scene.json) ? scene.json : { value: scene.json }) };
      }
      if ("tools" in scene) return { tools: scene.tools.map(({ tool, args }) => ({ name: tool.replace(".", "_"), args })) };
      if ("slow" in scene) return { hang: true };
      if (scene.error === "rate_limit") return { status: 429, headers: scene.retryAfterMs === undefined ? {} : { "retry-after": `${scene.retryAfterMs / 1000}` } };
      return { status: 500 };
    });
    return (await open(turns, { api })).model;
  });
}

describe("requests", () => {
  test("carry the settings, the key, and nothing of retries", async () => {
    const { model, name } = await open([{ text: "x" }], { temperature: 0.5, maxTokens: 99, options: { top_p: 0.9 } });
    await call(model, ask({ messages: [{ role: "system", text: "sys" }, { role: "user", text: "u" }] }));
    const { calls, auth } = await control(name);
    expect(auth).toEqual([`Bearer ${KEY}`]);
    expect(calls[0]).toMatchObject({ model: name, temperature: 0.5, max_tokens: 99, top_p: 0.9, messages: [{ role: "system", content: "sys" }, { role: "user", content: "u" }] });
  });

  test.each(["chat", "responses"] as const)("carry a key that is renewed from the next call on, and the one before while its file is replaced: %s", async (api) => {
    const name = `renewed-${api}`;
    await fetch(`${server.url}/control/${name}`, { method: "PUT", body: JSON.stringify([{ text: "1" }, { text: "2" }, { status: 401, message: "no such key: sk-second-1234" }]) });
    let key: string | null = "sk-first-1234";
    const renewed = async (connection: Connection): Promise<string> => {
      if (connection.every((part) => typeof part === "string")) return connection.join("");
      if (key === null) throw new Error("is not set");
      return key;
    };
    const model = await openaiProvider({ text: renewed, env: {} }).open({ provider: "openai", model: name, api, options: {} }, { folder: ".", baseUrl: [`${server.url}/v1`], apiKey: [{ secret: "file", name: "key" }] });
    key = null;
    await call(model);
    key = "sk-second-1234";
    await call(model);
    await expect(call(model)).rejects.toMatchObject({ message: expect.not.stringContaining("sk-second-1234") });
    expect((await control(name)).auth).toEqual(["Bearer sk-first-1234", "Bearer sk-second-1234", "Bearer sk-second-1234"]);
  });

  test.each([
    ["chat", { reasoning_effort: "low", verbosity: "high", seed: 3 }],
    ["responses", { reasoning: { effort: "low" }, text: { verbosity: "high" }, seed: 3 }],
  ] as const)("options stand where the interface `%s` has them", async (api, sent) => {
    const { model, name } = await open([{ text: "x" }, { text: "x" }], { api, options: { reasoning_effort: "low", verbosity: "high", seed: 3 } });
    await call(model);
    await call(model, ask(), { onText: () => undefined });
    const { calls } = await control(name);
    expect(calls).toMatchObject([sent, sent]);
    if (api === "responses") expect(calls.some((one) => "reasoning_effort" in one || "verbosity" in one)).toBe(false);
  });

  test("structured output is strict where the schema allows it, and wrapped where it is no object", async () => {
    const { model, name } = await open([{ text: "{}" }]);
    const strict = object({ a: { type: "string" } });
    await call(model, ask({ output: { name: "triage.out", schema: strict } }));
    await call(model, ask({ output: { name: "o", schema: object({ a: { type: "string" }, b: { type: "string" } }, { required: ["a"] }) } }));
    await call(model, ask({ output: { name: "o", schema: { type: "array", items: { $ref: "#/$defs/T" }, $defs: { T: strict } } } }));
    await call(model, ask({ output: { name: "o", schema: true } }));
    const formats = (await control(name)).calls.map(({ response_format: format }) => format);
    expect(formats).toMatchObject([
      { type: "json_schema", json_schema: { name: "triage_out", strict: true, schema: strict } },
      { json_schema: { strict: false } },
      { json_schema: { strict: true, schema: { type: "object", properties: { value: { type: "array", items: { $ref: "#/$defs/T" } } }, $defs: { T: strict } } } },
      { json_schema: { strict: false, schema: { properties: { value: {} } } } },
    ]);
  });

  test("a server without `response_format` is told the schema in words", async () => {
    const { model, name } = await open([{ text: '```json\n{"a":1}\n```' }], { options: { structured_output: "prompt" } });
    const answer = await call(model, ask({ output: { name: "o", schema: object({ a: { type: "number" } }) } }));
    expect(answer.text).toBe('{"a":1}');
    const [request] = (await control(name)).calls;
    expect(request).not.toHaveProperty("response_format");
    expect(request).not.toHaveProperty("structured_output");
    expect(JSON.stringify(request)).toContain("fits this JSON Schema");
  });

  test("tool names are made fit for the provider, and come back as they were", async () => {
    const schema = object({ q: { type: "string" } });
    const tools = ["lib.find", "lib_find", "ü"].map((name) => ({ name, description: "d", schema: name === "ü" ? { type: "string" } : schema }) as const);
    const { model, name } = await open([{ tools: [{ name: "lib_find_2", args: { q: "a" } }, { name: "_", args: { value: "plain" } }, { name: "made_up", args: {} }] }]);
    const answer = await call(model, ask({ tools }));
    expect(answer.toolCalls).toEqual([
      { id: "call_0", name: "lib_find", args: { q: "a" } },
      { id: "call_1", name: "ü", args: "plain" },
      { id: "call_2", name: "made_up", args: {} },
    ]);
    const [first] = (await control(name)).calls;
    expect(first?.["tools"]).toMatchObject([{ function: { name: "lib_find" } }, { function: { name: "lib_find_2" } }, { function: { name: "_" } }]);
    const messages: readonly ModelMessage[] = [{ role: "user", text: "u" }, { role: "assistant", text: "", toolCalls: answer.toolCalls }, ...answer.toolCalls.map(({ id }): ModelMessage => ({ role: "tool", callId: id, text: "r" }))];
    await call(model, ask({ tools, messages }));
    const [, second] = (await control(name)).calls;
    expect(second?.["messages"]).toMatchObject([
      {},
      { role: "assistant", tool_calls: [{ id: "call_0", function: { name: "lib_find_2", arguments: '{"q":"a"}' } }, { function: { name: "_", arguments: '{"value":"plain"}' } }, { function: { name: "made_up" } }] },
      { role: "tool", tool_call_id: "call_0", content: "r" },
      { role: "tool" },
      { role: "tool" },
    ]);
  });
});

describe.each(["chat", "responses"] as const)("answers (%s)", (api) => {
  test.each([false, true])("arguments that are no JSON come as they are (streamed: %s)", async (streamed) => {
    const { model, name } = await open([{ tools: [{ name: "t", args: 0, raw: '{"a": 1' }, { name: "t", args: 0, raw: "" }] }], { api });
    const tools = [{ name: "t", description: "d", schema: object({ a: { type: "number" } }) }];
    const answer = await call(model, ask({ tools }), streamed ? { onText: () => undefined } : {});
    expect(answer.toolCalls).toContainEqual({ id: "call_0", name: "t", args: null, raw: '{"a": 1' });
    expect(answer.toolCalls).toContainEqual({ id: "call_1", name: "t", args: {} });
    const results = answer.toolCalls.map(({ id }): ModelMessage => ({ role: "tool", callId: id, text: "no" }));
    await call(model, ask({ tools, messages: [{ role: "user", text: "u" }, { role: "assistant", text: "", toolCalls: answer.toolCalls }, ...results] }));
    expect(JSON.stringify((await control(name)).calls[1])).toContain(JSON.stringify(JSON.stringify({ invalid: '{"a": 1' })));
  });

  test.each([false, true])("an answer that breaks its schema or is no JSON is an answer: the runtime repairs (streamed: %s)", async (streamed) => {
    const { model } = await open([{ text: '{"a": "wrong"}' }, { text: "no json at all" }, { text: '{"a": 1', finish: "length" }], { api });
    const output = { name: "o", schema: object({ a: { type: "number" } }) };
    const how = streamed ? { onText: () => undefined } : {};
    expect((await call(model, ask({ output }), how)).text).toBe('{"a": "wrong"}');
    expect((await call(model, ask({ output }), how)).text).toBe("no json at all");
    expect(await call(model, ask({ output }), how)).toMatchObject({ text: '{"a": 1', finish: "length" });
  });

  test("usage is the server's, streamed or not, and estimated where it says none", async () => {
    const { model } = await open([{ text: "a b", usage: { in: 123, out: 45 } }, { text: "a b", usage: { in: 123, out: 45 } }, { text: "a b c d e f", usage: null }], { api });
    expect((await call(model)).usage).toEqual({ in: 123, out: 45 });
    expect((await call(model, ask(), { onText: () => undefined })).usage).toEqual({ in: 123, out: 45 });
    const { usage } = await call(model);
    expect(usage.in).toBeGreaterThan(0);
    expect(usage.out).toBeGreaterThan(0);
  });

  test.each([false, true])("a filtered answer says so (streamed: %s)", async (streamed) => {
    const { model } = await open([{ text: "half", finish: "content_filter" }], { api });
    expect((await call(model, ask(), streamed ? { onText: () => undefined } : {})).finish).toBe("filter");
  });
});

test.each([false, true])("a refusal is text with the finish `filter` (streamed: %s)", async (streamed) => {
  const { model } = await open([{ refusal: "I cannot help with that." }]);
  const answer = await call(model, ask({ output: { name: "o", schema: object({}) } }), streamed ? { onText: () => undefined } : {});
  expect(answer).toMatchObject({ text: "I cannot help with that.", finish: "filter" });
});

describe("failures", () => {
  const fail = async (turn: Json, more: { streamed?: boolean } = {}): Promise<unknown> => {
    const { model } = await open([turn]);
    return call(model, ask(), more.streamed ? { onText: () => undefined } : {}).then(
      () => "it answered",
      (error: unknown) => error,
    );
  };

  test.each([
    [{ status: 429, headers: { "retry-after": "3" } }, { code: "rate_limit", retryAfterMs: 3000 }],
    [{ status: 429, headers: { "retry-after-ms": "250", "retry-after": "3" } }, { code: "rate_limit", retryAfterMs: 250 }],
    [{ status: 429 }, { code: "rate_limit" }],
    [{ status: 429, body: { error: { code: "insufficient_quota", message: "pay" } } }, { code: "refused", message: expect.stringContaining("pay") }],
    [{ status: 500 }, { code: "unavailable" }],
    [{ status: 503, headers: { "retry-after": "1" } }, { code: "unavailable", retryAfterMs: 1000 }],
    [{ status: 400, body: { error: { message: "too long", code: "context_length_exceeded" } } }, { code: "refused", message: expect.stringContaining("too long") }],
    [{ status: 404, body: "no such page" }, { code: "refused" }],
    [{ raw: "<html>hello</html>" }, { code: "unavailable" }],
    [{ raw: "{}" }, { code: "unavailable" }],
    [{ text: "x", cutAfter: 1 }, { code: "unavailable" }],
  ] as [Json, object][])("%j", async (turn, error) => {
    expect(await fail(turn)).toMatchObject({ name: "StepError", ...error });
  });

  test("a Retry-After date counts from now", async () => {
    const error = await fail({ status: 429, headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() } });
    expect(error).toMatchObject({ code: "rate_limit" });
    const wait = error instanceof StepError ? (error.retryAfterMs ?? 0) : 0;
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  test.each([
    [{ text: "one two three", cutAfter: 2 }],
    [{ text: "one two three", endAfter: 2 }],
    [{ text: "", raw: "{broken" }],
    [{ raw: '{"error":{"message":"overloaded","code":"server_error"}}' }],
  ] as [Json][])("a stream that breaks is `unavailable`: %j", async (turn) => {
    expect(await fail(turn, { streamed: true })).toMatchObject({ name: "StepError", code: "unavailable" });
  });

  test("a wrong key is refused with the secret's name, and its value is in no message", async () => {
    const error = await fail({ status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}` } } });
    expect(error).toMatchObject({ code: "refused", message: expect.stringContaining("`${env:MY_KEY}`") });
    const quoted = await fail({ status: 400, body: { error: { message: `key ${KEY} is odd` } } });
    expect(quoted).toMatchObject({ message: expect.stringContaining("key *** is odd") });
    for (const one of [error, quoted]) expect(String(one)).not.toContain(KEY);
  });

  test("no server at all is `unavailable`", async () => {
    const model = await provider.open({ provider: "openai", model: "m", api: "chat", options: {} }, { folder: ".", baseUrl: ["http://127.0.0.1:9/v1"], apiKey: ["k"] });
    await expect(call(model)).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("cannot be reached") });
  });

  test.each([false, true])("an abort closes the connection (streamed: %s)", async (streamed) => {
    const { model, name } = await open([streamed ? { text: "a b c d e f", pieceMs: 20 } : { hang: true }]);
    const abort = new AbortController();
    const reason = new Error("enough");
    const running = call(model, ask(), { signal: abort.signal, ...(streamed ? { onText: () => abort.abort(reason) } : {}) });
    running.catch(() => undefined);
    await expect.poll(async () => (await control(name)).calls.length).toBe(1);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect.poll(async () => (await control(name)).closed).toBe(1);
  });
});

describe("keys", () => {
  const plan = { provider: "openai", model: "keys", api: "chat", options: {} } as const;

  test("default to the usual variable, and a local server needs none", async () => {
    const withKey = await openaiProvider({ text, env: { OPENAI_API_KEY: "usual" } }).open(plan, { folder: ".", baseUrl: [`${server.url}/v1`] });
    await call(withKey);
    const without = await openaiProvider({ text, env: { OPENAI_BASE_URL: `${server.url}/v1` } }).open(plan, { folder: "." });
    await call(without);
    expect((await control("keys")).auth).toEqual(["Bearer usual", "Bearer no-key"]);
  });

  test("OpenAI itself needs one", async () => {
    await expect(openaiProvider({ text, env: {} }).open(plan, { folder: "." })).rejects.toMatchObject({ name: "InfraError", code: "FC6001", message: expect.stringContaining("`${env:OPENAI_API_KEY}`") });
  });

  test("tracing variables of the shell are cleared", async () => {
    process.env["LANGSMITH_TRACING"] = "true";
    await open([], { model: "keys" });
    expect(process.env["LANGSMITH_TRACING"]).toBeUndefined();
  });
});
