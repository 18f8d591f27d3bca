import { expect, test } from "vitest";
import { priceOf } from "../../../src/adapters/model/prices.js";

test.each([
  ["openai", "gpt-4o-mini", { in: 0.15, out: 0.6 }],
  ["openai", "gpt-4o-mini-2024-07-18", { in: 0.15, out: 0.6 }],
  ["openai", "gpt-4-0613", { in: 30, out: 60 }],
  ["openai", "gpt-4o-mini-tts", null],
  ["openai", "constructor", null],
  ["openai", "my-own", null],
  ["acme", "gpt-4o", null],
  ["scripted", "any", { in: 0, out: 0 }],
])("%s/%s costs %j", (provider, model, price) => {
  expect(priceOf({ provider, model })).toEqual(price);
});

test("a model's own price comes first", () => {
  expect(priceOf({ provider: "openai", model: "gpt-4o", price: { in: 1, out: 2 } })).toEqual({ in: 1, out: 2 });
  expect(priceOf({ provider: "scripted", model: "x", price: { in: 1, out: 2 } })).toEqual({ in: 1, out: 2 });
});
