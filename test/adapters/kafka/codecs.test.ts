import { expect, test } from "vitest";
import { unlz4 } from "../../../src/adapters/kafka/kafkajs/lz4.js";
import { unsnappy } from "../../../src/adapters/kafka/kafkajs/snappy.js";

// What real clients send is read in others.test.ts; this is what they do not send.

test("snappy: a literal, a copy that overlaps what it writes, several blocks behind Java's head", () => {
  const block = Buffer.from([9, 0x08, ...Buffer.from("abc"), 0x09, 3]);
  expect(unsnappy(block).toString()).toBe("abcabcabc");
  const size = Buffer.from([0, 0, 0, block.length]);
  expect(unsnappy(Buffer.concat([Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]), size, block, size, block])).toString()).toBe("abcabcabc".repeat(2));
});
test("LZ4: stored blocks, and a block that goes back into the one before it", () => {
  const head = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0];
  const stored = [3, 0, 0, 0x80, ...Buffer.from("abc")];
  const linked = [5, 0, 0, 0, 0x02, 3, 0, 0x10, 0x21];
  expect(unlz4(Buffer.from([...head, ...stored, ...linked, 0, 0, 0, 0])).toString()).toBe("abcabcabc!");
});
test("what is damaged, or unpacks to more than a batch may be, is refused", () => {
  expect(() => unsnappy(Buffer.from([9, 0x08, ...Buffer.from("abc"), 0x09, 7]))).toThrow("damaged");
  expect(() => unsnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]))).toThrow("128 MiB");
  expect(() => unlz4(Buffer.from("nothing"))).toThrow("is not");
});
