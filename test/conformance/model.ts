import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.js";
import type { Model, ModelMessage, ModelRequest } from "../../src/core/ports/model.js";

/** What the model is to answer, one per call. */
export type Scene =
  | { readonly text: string }
  | { readonly json: Json }
  | { readonly tools: readonly { readonly tool: string; readonly args: Json }[] }
  | { readonly error: "rate_limit" | "unavailable"; readonly retryAfterMs?: number }
  /** Answers after a long time. */
  | { readonly slow: string };

const signal = (): AbortSignal => new AbortController().signal;
const caller = { flow: "f", agent: "a", run: "r1", path: "a~0", input: { q: "hello" } } as const;
const options = (more: { onText?: (text: string) => void; signal?: AbortSignal } = {}) => ({ signal: more.signal ?? signal(), onText: more.onText ?? null, caller });
const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({ messages: [{ role: "system", text: "Be brief." }, { role: "user", text: "hello" }], tools: [], ...more });
const stock = { name: "shop.stock", description: "Counts.", schema: { type: "object", properties: { sku: { type: "string" } }, required: ["sku"] } } as const;

/** Every Model keeps this (src/core/ports/model.ts). `open` gives a model that answers the scenes in order. */
export function modelConformance(name: string, open: (scenes: readonly Scene[]) => Promise<Model>): void {
  describe(`model conformance: ${name}`, () => {
    test("answers text, with usage", async () => {
      const model = await open([{ text: "Hi there, you." }]);
      const answer = await model.complete(ask(), options());
      expect(answer).toMatchObject({ text: "Hi there, you.", toolCalls: [], finish: "stop" });
      expect(answer.usage.in).toBeGreaterThan(0);
      expect(answer.usage.out).toBeGreaterThan(0);
    });

    test("a streamed answer comes in pieces and is the same", async () => {
      const model = await open([{ text: "Hi there, you." }]);
      const pieces: string[] = [];
      const answer = await model.complete(ask(), options({ onText: (text) => pieces.push(text) }));
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join("")).toBe("Hi there, you.");
      expect(answer).toMatchObject({ text: "Hi there, you.", finish: "stop" });
      expect(answer.usage.out).toBeGreaterThan(0);
    });

    test.each([
      ["an object", { type: "object", properties: { risk: { type: "number" }, note: { type: "string" } }, required: ["risk"], additionalProperties: false }, { risk: 0.5 }],
      ["a list", { type: "array", items: { type: "string" } }, ["a", "b"]],
      ["a string", { type: "string" }, "plain"],
      ["a reference", { $ref: "#/$defs/T", $defs: { T: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false } } }, { ok: true }],
      ["any value", true, { x: [1, null] }],
    ] satisfies [string, Json, Json][])("structured output: %s", async (_, schema, json) => {
      const model = await open([{ json }]);
      if (typeof schema !== "boolean" && (schema === null || typeof schema !== "object" || Array.isArray(schema))) throw new Error("not a schema");
      const answer = await model.complete(ask({ output: { name: "agent.out", schema } }), options());
      expect(JSON.parse(answer.text)).toEqual(json);
    });

    test.each([false, true])("asks for tools, gets their results, answers (streamed: %s)", async (streamed) => {
      const model = await open([
        { tools: [{ tool: "shop.stock", args: { sku: "s1" } }, { tool: "shop.stock", args: { sku: "s2" } }] },
        { text: "Plenty." },
      ]);
      const how = () => options(streamed ? { onText: () => undefined } : {});
      const first = await model.complete(ask({ tools: [stock] }), how());
      expect(first.finish).toBe("tools");
      expect(first.toolCalls.map(({ name, args }) => ({ name, args }))).toEqual([
        { name: "shop.stock", args: { sku: "s1" } },
        { name: "shop.stock", args: { sku: "s2" } },
      ]);
      expect(new Set(first.toolCalls.map(({ id }) => id)).size).toBe(2);
      const results: readonly ModelMessage[] = first.toolCalls.map(({ id }) => ({ role: "tool", callId: id, text: '{"count":9}' }));
      const messages: readonly ModelMessage[] = [...ask().messages, { role: "assistant", text: first.text, toolCalls: first.toolCalls }, ...results];
      const second = await model.complete(ask({ messages, tools: [stock] }), how());
      expect(second).toMatchObject({ text: "Plenty.", toolCalls: [], finish: "stop" });
    });

    test("a rate limit says when to come back, and the next try answers", async () => {
      const model = await open([{ error: "rate_limit", retryAfterMs: 2000 }, { text: "Now." }]);
      await expect(model.complete(ask(), options())).rejects.toMatchObject({ name: "StepError", code: "rate_limit", retryAfterMs: 2000 });
      expect((await model.complete(ask(), options())).text).toBe("Now.");
    });

    test.each([false, true])("an outage is `unavailable` (streamed: %s)", async (streamed) => {
      const model = await open([{ error: "unavailable" }]);
      await expect(model.complete(ask(), options(streamed ? { onText: () => undefined } : {}))).rejects.toMatchObject({ name: "StepError", code: "unavailable" });
    });

    test("an abort rejects with the signal's reason, before and during a call", async () => {
      const model = await open([{ slow: "never" }]);
      const reason = new Error("the caller has gone");
      await expect(model.complete(ask(), options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
      const abort = new AbortController();
      const running = model.complete(ask(), options({ signal: abort.signal }));
      abort.abort(reason);
      await expect(running).rejects.toBe(reason);
    });
  });
}
