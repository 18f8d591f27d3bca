import { expect, it } from "vitest";
import { letterCondition } from "../../../src/cli/wire/letter-condition.js";

const LETTER = { raw: "/w==", encoding: "base64", error: { code: "decode", message: "no JSON" }, source: { topic: "in", partition: 0, offset: "1", key: null, id: "a", timestamp: 1 }, key: null, attempts: 1, redrives: 0 };

it.each([
  ["has(msg.encoding) && msg.encoding == 'base64'", true],
  ["msg.?encoding.orValue('') == ''", false],
  ["has(msg.message)", false],
  ["true", true],
  ["msg.redrives == 0 && msg.error.code != 'timeout'", true],
])("asks a letter: %s", (text, holds) => {
  expect(letterCondition(text)("l", LETTER)).toBe(holds);
});

it.each(["msg.redrives", "msg.?run", "'true'", "msg.error"])("refuses what is no condition: %s", (text) => {
  expect(() => letterCondition(text)).toThrow("`--where` must be true or false");
});
