import { expect, test } from "vitest";
import { parseJson } from "../../src/core/parse-json.js";

test.each(["1e999", "[-1e999]", '{"a":{"b":1E+400}}', `[${"9".repeat(400)}]`, `{"text":"${"x".repeat(150)}","n":${"9".repeat(250)}e99}`])("%s is no number that is read: as data it would be null", (text) => {
  expect(() => parseJson(text)).toThrow(new SyntaxError("a number in it is larger than any that JSON is read with (1.8e308)"));
});

test.each(["1.7e308", "1e-999", '"1e999"', '{"1e999":1}', `0.${"3".repeat(400)}`, `"${"9".repeat(400)}"`, "[1e000005]"])("%s is read", (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});
