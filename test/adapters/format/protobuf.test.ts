import { create, createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Undecodable } from "../../../src/adapters/format/codec.js";
import { protobufCodec } from "../../../src/adapters/format/protobuf/codec.js";
import { readIndexes, writeIndexes } from "../../../src/adapters/format/protobuf/indexes.js";
import { descriptorSet } from "../../../src/core/format/protobuf/descriptor.js";
import { linkProto } from "../../../src/core/format/protobuf/link.js";
import { ProtoProblem } from "../../../src/core/format/protobuf/proto-file.js";
import type { Json } from "../../../src/core/json.js";
import { Unencodable } from "../../../src/core/ports/format.js";
import { protobufToSchema } from "../../../src/schema/protobuf.js";
import { compileValidator } from "../../../src/schema/validator.js";

const SHOP = `
// The shop's messages.
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
option java_package = "com.example";
option (my.opt) = { a: 1, b: "}" };

message Order {
  string id = 1;
  int64 total = 2;
  uint64 big = 3 [json_name = "huge"];
  bytes blob = 4;
  double rate = 5;
  Status status = 6;
  repeated Line lines = 7;
  map<string, int64> counts = 8;
  optional string note = 9;
  oneof paid { string card = 10; Cash cash = 11; }
  google.protobuf.Timestamp at = 12;
  google.protobuf.Int64Value maybe = 13;
  google.protobuf.Struct extra = 14;
  reserved 20 to 30, 40;
  reserved "old";
  message Line { string sku = 1; sint32 n = 2; fixed64 code = 3; }
  message Cash { bool exact = 1; }
}
/* A second one: \\" */
message Other { Order.Line line = 1; }
enum Status { NEW = 0; DONE = 1; GONE = -1; }
service Shop { rpc Get (Order) returns (Other) { option deprecated = true; } }
`;

function codecOf(source: string, name: string, files: Readonly<Record<string, string>> = {}): ReturnType<typeof protobufCodec> {
  const set = linkProto("shop.proto", source, (path) => files[path] ?? null);
  return protobufCodec({ format: "protobuf", files: descriptorSet(set), message: name, index: set.own.get(name) ?? [], source });
}
const validatorOf = (source: string, name: string, form: "read" | "sent"): ReturnType<typeof compileValidator> => compileValidator({ ...protobufToSchema(linkProto("shop.proto", source, () => null), form), $ref: `#/$defs/${name}` });

const ORDER: Json = {
  id: "o1", total: -5, big: Number.MAX_SAFE_INTEGER, blob: "AP8=", rate: 0.5, status: "GONE", lines: [{ sku: "a", n: -2, code: 7 }], counts: { x: 1 }, note: "", cash: { exact: true },
  at: "2026-11-21T17:00:00.123456789Z", maybe: 12, extra: { any: [1, "x", null] },
};
const READ = { id: "", total: 0, big: 0, blob: "", rate: 0, status: "NEW", lines: [], counts: {} };

describe("values of Protobuf in flows", () => {
  const codec = codecOf(SHOP, "shop.v1.Order");

  test("each kind goes to bytes and back, under the names of the file", () => {
    expect(codec.decode(codec.encode(ORDER))).toEqual(ORDER);
    expect(validatorOf(SHOP, "shop.v1.Order", "read")(ORDER)).toBeNull();
  });
  test("what was not sent is read as its default, and what has a presence of its own is absent", () => {
    expect(codec.decode(codec.encode({}))).toEqual(READ);
    expect(validatorOf(SHOP, "shop.v1.Order", "read")(READ)).toBeNull();
    expect(validatorOf(SHOP, "shop.v1.Order", "read")({})).not.toBeNull();
    expect(validatorOf(SHOP, "shop.v1.Order", "sent")({})).toBeNull();
  });
  test("a 64-bit number that no number holds becomes one that the schema refuses", () => {
    // Field 2, varint 2^53 + 1.
    const read = codec.decode(Buffer.from("108180808080808010", "hex"));
    expect(validatorOf(SHOP, "shop.v1.Order", "read")(read)).not.toBeNull();
  });
  test("NaN is no value, a number of an enum that nobody named breaks the schema", () => {
    expect(() => codec.decode(Buffer.from("29000000000000f87f", "hex"))).toThrow(Undecodable);
    expect(validatorOf(SHOP, "shop.v1.Order", "read")(codec.decode(Buffer.from("3063", "hex")))).not.toBeNull();
  });
  test.each<[Json]>([[{ idd: "x" }], [{ total: 1.5 }], [{ status: "LOST" }], [{ card: "x", cash: {} }], [{ blob: "no base64!" }], [[]], [{ at: "yesterday" }]])("%j does not fit", (value) => {
    expect(() => codec.encode(value)).toThrow(Unencodable);
  });
  test("proto2: required fields, defaults", () => {
    const source = 'syntax = "proto2"; message P { required string id = 1; optional int32 n = 2 [default = 5]; repeated int32 xs = 3 [packed = true]; optional bytes raw = 4 [default = "\\001\\xff"]; }';
    const p = codecOf(source, "P");
    expect(p.decode(p.encode({ id: "a", xs: [1, 2] }))).toEqual({ id: "a", xs: [1, 2] });
    expect(() => p.encode({ n: 1 })).toThrow(Unencodable);
    expect(validatorOf(source, "P", "sent")({})).not.toBeNull();
  });
  test("types of imported files, and names found from the inside outwards", () => {
    const files = { "common/money.proto": 'syntax = "proto3"; package common; message Money { int64 units = 1; enum Kind { EUR = 0; } Kind kind = 2; }' };
    const source = 'syntax = "proto3"; package shop; import "common/money.proto"; message Money { string mine = 1; } message Bill { common.Money a = 1; Money b = 2; .common.Money.Kind kind = 3; }';
    const bill = codecOf(source, "shop.Bill", files);
    const value: Json = { a: { units: 3, kind: "EUR" }, b: { mine: "x" }, kind: "EUR" };
    expect(bill.decode(bill.encode(value))).toEqual(value);
  });
});

describe(".proto files", () => {
  test.each([
    ['syntax = "proto3"; message M { string a = 1 }', "line 1: `;` is missing before `}`"],
    ['syntax = "proto3"; message M { Ordre a = 1; }', "there is no type `Ordre` for `M`"],
    ['syntax = "proto3"; import "x.proto";', "there is no file `x.proto`, which it imports"],
    ['edition = "2023";', 'line 1: editions are not supported: write `syntax = "proto3"`'],
    ['syntax = "proto2"; message M { optional group G = 1 { } }', "line 1: groups are not supported: write a message"],
    ["message M {", "line 1: it ends in the middle"],
    ["%", "line 1: `%` is not understood"],
  ])("%s", (text, problem) => {
    expect(() => linkProto("m.proto", text, () => null)).toThrow(new ProtoProblem(problem));
  });
  test("whatever it is, it ends in a file or in ProtoProblem", () => {
    const words = fc.constantFrom("message", "M", "{", "}", "string", "=", "1", ";", "oneof", "map", "<", ">", ",", "enum", "[", "]", "option", '"x"', "repeated", ".", "syntax", "import", "reserved");
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        try {
          linkProto("m.proto", parts.join(" "), () => null);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtoProblem);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Protobuf beside other clients", () => {
  const codec = codecOf(SHOP, "shop.v1.Order");

  test("Google's own messages mean what they mean elsewhere", () => {
    const source = 'syntax = "proto3"; import "google/protobuf/timestamp.proto"; message T { google.protobuf.Timestamp at = 1; }';
    const t = codecOf(source, "T");
    const bytes = t.encode({ at: "2026-11-21T17:00:00Z" });
    const inner = toBinary(TimestampSchema, create(TimestampSchema, { seconds: 1_795_280_400n }));
    expect([...bytes]).toEqual([0x0a, inner.length, ...inner]);
  });
  test("a library that was given the descriptors reads what is sent, and what it writes is read", () => {
    const source = 'syntax = "proto3"; package t; message M { string id = 1; map<string, int64> counts = 2; optional bool on = 3; }';
    const set = fromJson(FileDescriptorSetSchema, JSON.parse(JSON.stringify(descriptorSet(linkProto("m.proto", source, () => null)))));
    const message = createFileRegistry(set).getMessage("t.M");
    if (message === undefined) throw new Error("there is no t.M");
    const m = codecOf(source, "t.M");
    expect(toJson(message, fromBinary(message, m.encode({ id: "a", counts: { x: 2 }, on: false })))).toEqual({ id: "a", counts: { x: "2" }, on: false });
    expect(m.decode(toBinary(message, create(message, { id: "b" })))).toEqual({ id: "b", counts: {} });
  });
  test.each<[readonly number[], string]>([[[0], "00"], [[1], "0202"], [[0, 1], "040002"], [[300], "02d804"]])("the place %j in a file is %s", (indexes, hex) => {
    expect(Buffer.from(writeIndexes(indexes)).toString("hex")).toBe(hex);
    expect(readIndexes(Buffer.from(`${hex}ff`, "hex"))).toEqual({ indexes, rest: Buffer.from("ff", "hex") });
  });
  test("a message is read by where it stands in its writer's schema", () => {
    const line = codecOf(SHOP, "shop.v1.Order.Line");
    const read = line.reader({ schemaType: "PROTOBUF", schema: SHOP, references: [] });
    expect(read(Buffer.concat([line.prefix, line.encode({ sku: "a" })]))).toEqual({ sku: "a", n: 0, code: 0 });
    expect(() => read(Buffer.concat([codec.prefix, codec.encode({ id: "a" })]))).toThrow("it is a `shop.v1.Order`, and the topic has `shop.v1.Order.Line`");
    expect(() => read(Buffer.from("0e00", "hex"))).toThrow(Undecodable);
    expect(() => line.reader({ schemaType: "AVRO", schema: '"string"', references: [] })).toThrow("its schema is AVRO, not Protobuf");
  });
  test.each([
    ['import "confluent/meta.proto";', "which every registry of Confluent has"],
    ['import "google/type/money.proto"; message Paid { google.type.Money much = 1; }', "with a type that only it knows"],
    ['import "google/protobuf/descriptor.proto"; extend google.protobuf.FieldOptions { string owner = 50001; }', "for options of one's own"],
  ])("what a writer's schema imports is not looked at: %s, %s", (imports) => {
    const one = codecOf('syntax = "proto3"; package p; message A { int32 n = 1; message B { int32 m = 1; } }', "p.A.B");
    const schema = `syntax = "proto3"; package p; message A { int32 n = 1; message B { int32 m = 1; } } ${imports}`;
    expect(one.reader({ schemaType: "PROTOBUF", schema, references: [] })(Buffer.from("0400000805", "hex"))).toEqual({ m: 5 });
  });
  test("a writer's schema that is nested without end is poison", () => {
    expect(() => codec.reader({ schemaType: "PROTOBUF", schema: "message M {".repeat(50_000), references: [] })).toThrow(Undecodable);
  });
  test("bytes, whatever they are, end in a value or in Undecodable", () => {
    const read = codec.reader({ schemaType: "PROTOBUF", schema: SHOP, references: [] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [codec.decode, read]) {
          try {
            decode(bytes);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Undecodable);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
