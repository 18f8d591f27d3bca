import { expect, test } from "vitest";
import { encodeItems } from "../../../src/adapters/store/postgres/items.js";
import type { CommitItem, IndexOp } from "../../../src/core/ports/store.js";

const MB = 1024 * 1024;
const item = (run: string, expectedSeq: number, output = "", index: readonly IndexOp[] = []): CommitItem => ({
  run, expectedSeq, entryId: "e", fence: null, index,
  events: [{ type: "step.completed", run, seq: expectedSeq + 1, at: 1, path: "p", data: { attempt: 1, ms: 1, output } }],
});
const sizes = (items: readonly CommitItem[]): readonly number[] => encodeItems(items, new WeakMap()).map(({ batch: [size] }) => size);
const body = (text: string): IndexOp => ({ op: "outbox.put", message: { topic: "t", key: null, id: "m", headers: {}, body: text } });

test("a batch has one item of a run, and many of several", () => {
  expect(sizes([item("ada", -1), item("adb", 3), item("ada", 0), item("adc", -1)])).toEqual([2, 2]);
});

test("what is large goes to the server in parts: PostgreSQL's JSON holds 256 MB, and a statement has 20 s", () => {
  const many = (output: string, index?: readonly IndexOp[]): readonly CommitItem[] => Array.from({ length: 5 }, (_, at) => item(`ad${at}`, -1, output, index));
  expect(sizes(many("x".repeat(3 * MB)))).toEqual([2, 2, 1]);
  expect(sizes(many("", [body("x".repeat(3 * MB))]))).toEqual([2, 2, 1]);
  expect(sizes([item("ada", -1), item("adb", -1, "x".repeat(20 * MB)), item("adc", -1)])).toEqual([1, 1, 1]);
});

test("large values of one run go ahead of its item where they are more than a batch, in parts too", () => {
  const outputs = ["a", "b", "c"].map((letter) => letter.repeat(5 * MB));
  const [completed] = item("ada", 3).events;
  if (completed?.type !== "step.completed") throw new Error("it is not the item's event");
  const events = outputs.map((output, at) => ({ ...completed, seq: 4 + at, data: { ...completed.data, output } }));
  const [sent, ...others] = encodeItems([{ ...item("ada", 3), events }], new WeakMap());
  expect(others).toEqual([]);
  expect(sent?.ahead.map(([run, hashes, values]) => [run, hashes.length, values])).toEqual(outputs.map((output) => ["ada", 1, [JSON.stringify(output)]]));
  expect(JSON.stringify(sent?.batch).length).toBeLessThan(MB);
  expect(encodeItems([{ ...item("ada", 3), events: events.slice(0, 1) }], new WeakMap())[0]?.ahead).toEqual([]);
});

test("messages of one run go behind its item where they are more than a batch, in their order and in parts: forty of 7 MB were more than PostgreSQL's JSON holds", () => {
  const messages = ["a", "b", "c"].map((letter): IndexOp => ({ op: "outbox.put", message: { topic: "t", key: null, id: letter, headers: {}, body: letter.repeat(5 * MB) } }));
  const [sent, ...others] = encodeItems([item("ada", 3, "", [{ op: "timer.delete", path: "p" }, ...messages])], new WeakMap());
  expect(others).toEqual([]);
  expect(sent?.behind.map(([run, seq, entry, ids, texts]) => [run, seq, entry, ids, texts.length])).toEqual(["a", "b", "c"].map((id) => ["ada", 4, "e", [id], 1]));
  expect(JSON.parse(sent?.batch[3] ?? "")).toEqual([{ n: 1, r: "ada", s: 3, o: [["timer.delete", "p"]], b: [] }]);
  expect(encodeItems([item("ada", 3, "", messages.slice(0, 1))], new WeakMap())[0]?.behind).toEqual([]);
});

test("the parts are as the store is told of them: numbered from 1 on, with the shards that they are in", () => {
  const [{ batch: first } = {}, { batch: second } = {}] = encodeItems([item("ada", -1, "x".repeat(5 * MB)), item("aea", 2, "x".repeat(5 * MB)), item("adb", -1)], new WeakMap());
  expect([first?.[0], first?.[4], second?.[0], second?.[4]]).toEqual([1, [3], 2, [4, 3]]);
  expect([JSON.parse(second?.[1] ?? ""), JSON.parse(second?.[2] ?? "")]).toMatchObject([[{ n: 2, r: "adb" }], [{ n: 1, r: "aea", x: 2 }]]);
});
