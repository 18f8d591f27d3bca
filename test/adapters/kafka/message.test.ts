import { expect, test } from "vitest";
import { deliveryOf } from "../../../src/adapters/kafka/message.js";

test("a header that stands there without a value, as clients of Java write it, is none", () => {
  const headers = { empty: Buffer.from(""), null: null, last: [Buffer.from("a"), null], twice: [null, Buffer.from("b")], __value_schema_id: null };
  expect(deliveryOf("t", 0, { offset: "1", key: null, value: Buffer.from("{}"), headers, timestamp: "0" }).headers).toEqual({ empty: "", twice: "b" });
});
