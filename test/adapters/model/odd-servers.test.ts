import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiProvider } from "../../../src/adapters/model/openai/provider.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";

/** Servers that speak the protocol in their own way, or badly: each answer is sent as it stands here. */
let answer: (response: ServerResponse) => void = () => undefined;
const server = createServer((request, response) => void request.resume().on("end", () => answer(response)));
let baseUrl = "";
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  baseUrl = `http://127.0.0.1:${address.port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const provider = openaiProvider({ text: async (parts) => parts.join(""), env: {} });
async function ask(streamed: boolean, how: (response: ServerResponse) => void, api: "chat" | "responses" = "chat"): Promise<ModelAnswer> {
  answer = how;
  const model = await provider.open({ provider: "openai", model: "m", api, options: {} }, { folder: ".", baseUrl: [baseUrl] });
  const tools = [{ name: "t", description: "d", schema: { type: "object" } }] as const;
  const caller = { flow: "f", agent: "a", run: "r", path: "a~1", input: null };
  return model.complete({ messages: [{ role: "user", text: "hello" }], tools }, { signal: new AbortController().signal, onText: streamed ? () => undefined : null, caller });
}

const chunk = (delta: unknown, finish: string | null = null, index = 0): unknown => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index, delta, finish_reason: finish }] });
const events = (...chunks: readonly unknown[]) => (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const one of chunks) response.write(`data: ${JSON.stringify(one)}\n\n`);
  response.end("data: [DONE]\n\n");
};
const json = (body: unknown, headers: Readonly<Record<string, string>> = {}) => (response: ServerResponse): void =>
  void response.writeHead(200, { "content-type": "application/json", ...headers }).end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
const whole = (message: unknown, more: object = {}): unknown => ({ choices: [{ index: 0, message, finish_reason: "stop" }], ...more });
const called = (args: unknown, more: object = {}): unknown => ({ tool_calls: [{ ...more, function: { name: "t", arguments: args } }] });

describe("a stream", () => {
  test("without a role has its tool calls", async () => {
    expect((await ask(true, events(chunk(called('{"a":1}', { index: 0, id: "x" })), chunk({}, "tool_calls")))).toolCalls).toEqual([{ id: "x", name: "t", args: { a: 1 } }]);
  });

  test.each([
    ["all with the number 0", [called('{"a":1}', { index: 0, id: "x" }), called('{"a":2}', { index: 0, id: "y" })]],
    ["without numbers", [called('{"a":1}', { id: "x" }), called('{"a":2}', { id: "y" })]],
    ["without numbers, in pieces", [called('{"a"', { id: "x" }), { tool_calls: [{ function: { arguments: ":1}" } }] }, called('{"a":2}', { id: "y" })]],
    ["whose id and name stand in every piece", [called('{"a"', { index: 0, id: "x" }), called(":1}", { index: 0, id: "x" }), called('{"a":2}', { index: 1, id: "y" })]],
  ])("of tool calls %s", async (_name, deltas) => {
    const { toolCalls } = await ask(true, events(chunk({ role: "assistant" }), ...deltas.map((delta) => chunk(delta)), chunk({}, "tool_calls")));
    expect(toolCalls).toEqual([{ id: "x", name: "t", args: { a: 1 } }, { id: "y", name: "t", args: { a: 2 } }]);
  });

  test("whose pieces have no choices, or no delta, where they say something else", async () => {
    const usage = { id: "c", object: "chat.completion.chunk", usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } };
    const said = await ask(true, events({ id: "c", choices: null }, chunk({ role: "assistant", content: "x" }), { id: "c", choices: [{ index: 0, finish_reason: "length" }] }, usage));
    expect(said).toMatchObject({ text: "x", usage: { in: 5, out: 6 }, finish: "length" });
  });

  test("from a server that does not stream is the whole at once", async () => {
    const said = await ask(true, json(whole({ content: "all of it", tool_calls: [{ id: "x", function: { name: "t", arguments: "{}" } }] }, { usage: { prompt_tokens: 5, completion_tokens: 6 } })));
    expect(said).toMatchObject({ text: "all of it", toolCalls: [{ id: "x", name: "t", args: {} }], usage: { in: 5, out: 6 }, finish: "tools" });
  });

  test.each([
    ["chat", [chunk({ role: "assistant", content: "hello" }), chunk({}, "stop"), { ...Object(chunk({})), choices: [], usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } }]],
    ["responses", [{ type: "response.completed", response: { status: "completed", usage: { input_tokens: 5, output_tokens: 6 }, output: [{ type: "message", id: "x", role: "assistant", content: [{ type: "output_text", text: "hello" }] }] } }]],
  ] as const)("that said why it ends and stays open has ended, with what it used (%s)", async (api, pieces) => {
    const closed = Promise.withResolvers<void>();
    const open = (response: ServerResponse): void => {
      response.writeHead(200, { "content-type": "text/event-stream" }).on("close", () => closed.resolve());
      for (const piece of pieces) response.write(`data: ${JSON.stringify(piece)}\n\n`);
    };
    expect(await ask(true, open, api)).toMatchObject({ text: "hello", usage: { in: 5, out: 6 }, finish: "stop" });
    await closed.promise;
  });

  test("of long arguments in many pieces ends", { timeout: 60_000 }, async () => {
    const pieces = Array.from({ length: 60_000 }, () => chunk({ tool_calls: [{ index: 0, function: { arguments: "abcdef" } }] }));
    const { toolCalls } = await ask(true, events(chunk({ role: "assistant", ...Object(called('{"a":"', { index: 0, id: "x" })) }), ...pieces, chunk({ tool_calls: [{ index: 0, function: { arguments: '"}' } }] }), chunk({}, "tool_calls")));
    expect(toolCalls).toEqual([{ id: "x", name: "t", args: { a: "abcdef".repeat(60_000) } }]);
  });
});

describe.each([true, false])("an answer (streamed: %s)", (streamed) => {
  const says = (message: object, finish = "stop") => (streamed ? events(chunk(message), chunk({}, finish)) : json({ choices: [{ index: 0, message, finish_reason: finish }] }));

  test("in parts is the text of them, and nothing else is printed", async () => {
    expect((await ask(streamed, says({ role: "assistant", content: [{ type: "thinking", thinking: [] }, { type: "text", text: "hel" }, { type: "text", text: "lo" }] }))).text).toBe("hello");
  });

  test("with `null` where there are no tool calls", async () => {
    expect(await ask(streamed, says({ role: "assistant", content: "hi", tool_calls: null }))).toMatchObject({ text: "hi", toolCalls: [] });
  });

  test("whose arguments are data", async () => {
    expect((await ask(streamed, says({ role: "assistant", ...Object(called({ a: 1 }, { index: 0, id: "x" })) }, "tool_calls"))).toolCalls).toEqual([{ id: "x", name: "t", args: { a: 1 } }]);
  });

  test("that was cut off before a call's arguments asks for no call without any", async () => {
    const { finish, toolCalls } = await ask(streamed, says({ role: "assistant", ...Object(called("", { index: 0, id: "x" })) }, "length"));
    expect({ finish, toolCalls }).toEqual({ finish: "length", toolCalls: [{ id: "x", name: "t", args: null, raw: "" }] });
  });

  test("with the status 200 and an error inside is that error", async () => {
    await expect(ask(streamed, json({ error: { message: "no credits left", code: 402 } }))).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("no credits left") });
    await expect(ask(streamed, json({ error: { message: "slow down", code: 429 } }))).rejects.toMatchObject({ code: "rate_limit" });
    await expect(ask(streamed, json({ error: "out of memory" }))).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("out of memory") });
  });

  test("that is a redirect is refused, not asked for again", async () => {
    await expect(ask(streamed, (response) => void response.writeHead(307, { location: "/elsewhere" }).end())).rejects.toMatchObject({ code: "refused", message: expect.stringMatching(/redirect.*base_url/) });
  });

  test.each([
    ["cut in a line", (response: ServerResponse) => void response.writeHead(200, { "content-type": streamed ? "text/event-stream" : "application/json" }).write('data: {"choi', () => response.destroy())],
    ["ended without its end", streamed ? events(chunk({ role: "assistant", content: "half" })) : json({ choices: [] })],
    ["not given", (response: ServerResponse) => void response.destroy()],
  ])("that was %s may be billed", async (_name, how) => {
    await expect(ask(streamed, how)).rejects.toMatchObject({ code: "unavailable", outcome: "unknown" });
  });

  test("with arguments that no step could give is not kept", async () => {
    await expect(ask(streamed, says({ role: "assistant", ...Object(called(`{"a":"${"x".repeat(9_000_000)}"}`, { index: 0, id: "x" })) }, "tool_calls"))).rejects.toMatchObject({ code: "limit", outcome: "unknown" });
  });

  test("that unpacks to more than anybody can use is not read to its end", async () => {
    const packed = gzipSync(Buffer.alloc(80_000_000, " "));
    await expect(ask(streamed, json(packed, { "content-encoding": "gzip" }))).rejects.toMatchObject({ code: "limit", outcome: "unknown" });
  });

  test("that never ends is cut off, and its connection is closed", async () => {
    const closed = Promise.withResolvers<void>();
    const endless = (response: ServerResponse): void => {
      response.writeHead(200, { "content-type": "text/event-stream" }).on("close", () => closed.resolve());
      const piece = `data: ${JSON.stringify(chunk({ role: "assistant", content: "x".repeat(10_000) }))}\n\n`;
      const more = (): void => {
        while (response.write(piece));
        response.once("drain", more);
      };
      more();
    };
    await expect(ask(streamed, endless)).rejects.toMatchObject({ code: "limit", outcome: "unknown" });
    await closed.promise;
  });
});

describe("an error inside a stream", () => {
  test.each([
    [{ message: "slow down", code: 429 }, "rate_limit", /slow down/],
    [{ message: "too long", code: "context_length_exceeded" }, "refused", /too long/],
    [{ message: "overloaded", type: "overloaded_error" }, "unavailable", /`m` failed: overloaded/],
  ])("is the one that it says, and what came before it may be billed: %j", async (error, code, message) => {
    await expect(ask(true, events(chunk({ role: "assistant", content: "half" }), { error }))).rejects.toMatchObject({ code, outcome: "unknown", message: expect.stringMatching(message) });
  });
});

describe.each([true, false])("a response (streamed: %s)", (streamed) => {
  const output = (...content: readonly object[]): object => ({ output: [{ type: "message", id: "x", role: "assistant", content }] });
  const text = { type: "output_text", text: "hello" };
  const refusal = { type: "refusal", refusal: "that I will not do" };
  const said = (type: string, response: object, ...before: readonly object[]): Promise<ModelAnswer> =>
    ask(streamed, streamed ? events(...before, { type, response }) : json(response), "responses");

  test("that refuses does so in its words", async () => {
    const done = { type: "response.refusal.done", item_id: "x", output_index: 0, content_index: 0, refusal: refusal.refusal };
    expect(await said("response.completed", { ...output(refusal), status: "completed" }, done)).toMatchObject({ text: "that I will not do", finish: "filter" });
  });

  test("that has failed is its error", async () => {
    const failed = (error: object | null, status = "failed"): Promise<ModelAnswer> => said("response.failed", { output: [], status, error });
    await expect(failed({ code: "rate_limit_exceeded", message: "slow down" })).rejects.toMatchObject({ code: "rate_limit", message: expect.stringMatching(/slow down/) });
    await expect(failed({ code: "insufficient_quota", message: "no credits left" })).rejects.toMatchObject({ code: "refused", message: expect.stringMatching(/no credits left/) });
    await expect(failed({ code: "server_error", message: "it broke" })).rejects.toMatchObject({ code: "unavailable", outcome: "unknown", message: expect.stringMatching(/`m` failed: it broke/) });
    await expect(failed(null, "cancelled")).rejects.toMatchObject({ code: "unavailable", outcome: "unknown" });
  });

  test.each([
    [{ status: "queued" }, /still queued/],
    [{ status: "in_progress" }, /still in_progress/],
    [{ status: "incomplete" }, /incomplete/],
    [{ status: "incomplete", incomplete_details: { reason: "max_tool_calls" } }, /incomplete: max_tool_calls/],
  ])("that is none yet, or only a part, is no answer: %j", async (response, message) => {
    const said = { ...output(), ...response };
    await expect(ask(streamed, json(said), "responses")).rejects.toMatchObject({ code: "unavailable", outcome: "unknown", message: expect.stringMatching(message) });
    await expect(ask(streamed, streamed ? events({ type: "response.incomplete", response: said }) : json(said), "responses")).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  test("that was cut at its limit is the part that there is", async () => {
    expect(await said("response.incomplete", { ...output(text), status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })).toMatchObject({ text: "hello", finish: "length" });
  });

  test("with the status 200 and an error in its place is that error", async () => {
    await expect(ask(streamed, json({ error: { message: "no credits left", code: 402 } }), "responses")).rejects.toMatchObject({ code: "refused", outcome: "not_applied", message: expect.stringMatching(/no credits left/) });
  });

  test("without what servers leave out, and from one that does not stream, is read", async () => {
    const calls = { type: "function_call", call_id: "c", name: "t", arguments: '{"a":1}' };
    const whole = { ...output(text), usage: { input_tokens: 5, output_tokens: 6 } };
    expect(await ask(streamed, json(whole), "responses")).toMatchObject({ text: "hello", finish: "stop", usage: { in: 5, out: 6 } });
    expect(await ask(streamed, json({ output: [calls] }), "responses")).toMatchObject({ finish: "tools", toolCalls: [{ id: "c", name: "t", args: { a: 1 } }] });
  });
});

test("a streamed response whose text and calls stand at its end alone is read", async () => {
  const calls = { type: "function_call", call_id: "c", name: "t", arguments: '{"a":1}' };
  const item = (type: string, more: object = {}): object => ({ type, output_index: 0, item: { ...calls, ...more } });
  const done = (...output: readonly object[]): object => ({ type: "response.completed", response: { status: "completed", output } });
  const message = { type: "message", id: "x", role: "assistant", content: [{ type: "output_text", text: "hello" }] };
  expect((await ask(true, events(done(message)), "responses")).text).toBe("hello");
  const called = [{ id: "c", name: "t", args: { a: 1 } }];
  expect((await ask(true, events(item("response.output_item.done"), done(calls)), "responses")).toolCalls).toEqual(called);
  expect((await ask(true, events(item("response.output_item.added", { arguments: "" }), item("response.output_item.done"), done(calls)), "responses")).toolCalls).toEqual(called);
  expect((await ask(true, events(item("response.output_item.added"), done(calls)), "responses")).toolCalls).toEqual(called);
});

test.each([true, false])("ids and names that are no text are read as text (streamed: %s)", async (streamed) => {
  const call = { index: 0, id: 7, function: { name: 8, arguments: "{}" } };
  const chat = streamed ? events(chunk({ tool_calls: [call] }), chunk({}, "tool_calls")) : json(whole({ tool_calls: [call] }));
  expect((await ask(streamed, chat)).toolCalls).toEqual([{ id: "7", name: "8", args: {} }]);
  const responses = json({ output: [{ type: "function_call", call_id: 7, arguments: "{}" }] });
  expect((await ask(streamed, responses, "responses")).toolCalls).toEqual([{ id: "7", name: "", args: {} }]);
});

test("of several choices the first is taken", async () => {
  expect((await ask(true, events(chunk({ role: "assistant", content: "one" }), chunk({ content: "TWO" }, "length", 1), chunk({}, "stop")))).text).toBe("one");
  expect((await ask(false, json({ choices: [{ index: 1, message: { content: "TWO" } }, { index: 0, message: { content: "one" }, finish_reason: "stop" }] }))).text).toBe("one");
});

test("nobody is billed where there was no connection", async () => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const address = gone.address();
  await new Promise((closed) => gone.close(closed));
  const port = typeof address === "object" ? address?.port : 0;
  const model = await provider.open({ provider: "openai", model: "m", api: "chat", options: {} }, { folder: ".", baseUrl: [`http://127.0.0.1:${port}/v1`] });
  const call = model.complete({ messages: [], tools: [] }, { signal: new AbortController().signal, onText: null, caller: { flow: "f", agent: "a", run: "r", path: "a~1", input: null } });
  await expect(call).rejects.toMatchObject({ code: "unavailable", outcome: "not_applied", message: expect.stringMatching(/ECONNREFUSED/) });
});
