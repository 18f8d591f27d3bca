import { expect, test } from "vitest";
import type { TopicFormat } from "../../../src/core/ports/format.js";
import { encoded } from "../../../src/runtime/format/format-bus.js";

const BYTES = new Uint8Array([0]);
const format: TopicFormat = { encode: async (message) => ({ ...message, body: BYTES }), decode: (delivery) => delivery };

test("what is encoded anew has not the id of the schema that it came with; bytes keep it", async () => {
  const message = { topic: "t", key: null, id: "1", headers: { __value_schema_id: "01ff", tenant: "acme" } };
  const [text, bytes] = await encoded([{ ...message, body: "{}" }, { ...message, body: BYTES }], { of: () => format });
  expect(text).toEqual({ ...message, headers: { tenant: "acme" }, body: BYTES });
  expect(bytes).toEqual({ ...message, body: BYTES });
});
