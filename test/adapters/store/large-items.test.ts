import { expect, test } from "vitest";
import { readBatch, writeBatch } from "../../../src/adapters/store/sqlite/batch.js";
import { encodeItems } from "../../../src/adapters/store/sqlite/items.js";
import type { CommitItem } from "../../../src/core/ports/store.js";

const MB = 1024 * 1024;

test("an item whose events are together more than a text can hold is a batch of several texts", () => {
  // As a map that emits as much as a message holds for each of its items.
  const emitted = Array.from({ length: 40 }, (_, at) => ({ n: at, text: "x".repeat(7 * MB) }));
  const item: CommitItem = {
    run: "ada", expectedSeq: 3, entryId: "e", fence: null,
    events: emitted.map((payload, at) => ({ type: "message.emitted", run: "ada", seq: 4 + at, at: 1, path: `m[${at}]/e`, data: { index: 0, topic: "t", key: null, id: `m${at}`, payload } })),
    index: emitted.map((payload, at) => ({ op: "outbox.put", message: { topic: "t", key: null, id: `m${at}`, headers: {}, body: JSON.stringify(payload) } })),
  };
  const { texts, numbers } = encodeItems([item], new WeakMap());
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  expect(characters).toBeGreaterThan(2 ** 29);
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(100 * MB);
  const from = readBatch({ texts, numbers });
  expect([from.text(), from.number(), from.number(), from.text()]).toEqual(["ada", 3, 43, "e"]);
});

test("texts of any length are read as they were written, wherever one string ends", () => {
  const texts = [40, 30, 0, 64, 1, 63, 1, 65, 2].map((length, at) => String.fromCharCode(97 + at).repeat(length * MB));
  const to = writeBatch();
  for (const text of texts) {
    to.text(text);
    to.number(text.length);
    to.text(null);
  }
  const batch = to.end();
  expect(batch.texts.length).toBeGreaterThan(3);
  const from = readBatch(batch);
  // Not by `toEqual` of the texts, which would print them.
  expect(texts.map((text) => [from.text() === text, from.number() === text.length, from.text()])).toEqual(texts.map(() => [true, true, null]));
});
