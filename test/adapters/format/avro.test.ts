import avro from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { avroCodec } from "../../../src/adapters/format/avro/codec.js";
import { type SchemaText, Undecodable } from "../../../src/adapters/format/codec.js";
import { AvroProblem, parseAvro } from "../../../src/core/format/avro.js";
import type { Json, JsonObject } from "../../../src/core/json.js";
import { Unencodable } from "../../../src/core/ports/format.js";
import { avroToSchema } from "../../../src/schema/avro.js";
import { compileValidator } from "../../../src/schema/validator.js";

const record = (...fields: readonly JsonObject[]): JsonObject => ({ type: "record", name: "R", namespace: "t", fields: [...fields] });
const field = (type: Json, more: JsonObject = {}): JsonObject => record({ name: "f", type, ...more });

/** Through bytes and back. */
const round = (schema: Json, value: Json): Json => {
  const codec = avroCodec(schema);
  return codec.decode(codec.encode(value));
};

describe("values of Avro in flows", () => {
  test.each<[string, Json, Json]>([
    ["null", "null", null],
    ["boolean", "boolean", true],
    ["int", "int", -(2 ** 31)],
    ["long, as far as numbers are exact", "long", Number.MAX_SAFE_INTEGER],
    ["double", "double", 0.1],
    ["string", "string", "grüße 🚀"],
    ["bytes, in base64", "bytes", Buffer.from([0, 255, 1]).toString("base64")],
    ["fixed, in base64", { type: "fixed", name: "F", size: 4 }, Buffer.from([1, 2, 3, 4]).toString("base64")],
    ["enum", { type: "enum", name: "E", symbols: ["A", "B"] }, "B"],
    ["array", { type: "array", items: "int" }, [1, 2, 3]],
    ["map", { type: "map", values: "string" }, { a: "x", b: "y" }],
    ["decimal, exact", { type: "bytes", logicalType: "decimal", precision: 30, scale: 2 }, "-1234567890123456789012345678.01"],
    ["decimal below one", { type: "bytes", logicalType: "decimal", precision: 4, scale: 3 }, "-0.005"],
    ["decimal in fixed bytes", { type: "fixed", name: "D", size: 5, logicalType: "decimal", precision: 10, scale: 4 }, "-12.5000"],
    ["date", { type: "int", logicalType: "date" }, "1969-12-31"],
    ["time", { type: "int", logicalType: "time-millis" }, "23:59:59.001"],
    ["time in microseconds", { type: "long", logicalType: "time-micros" }, "00:00:00.000001"],
    ["timestamp", { type: "long", logicalType: "timestamp-millis" }, "2026-11-21T17:00:00.123Z"],
    ["timestamp in microseconds", { type: "long", logicalType: "timestamp-micros" }, "1969-12-31T23:59:59.999999Z"],
    ["timestamp in nanoseconds", { type: "long", logicalType: "timestamp-nanos" }, "2026-11-21T17:00:00.123456789Z"],
    ["local timestamp", { type: "long", logicalType: "local-timestamp-millis" }, "2026-11-21T17:00:00.000"],
    ["uuid", { type: "string", logicalType: "uuid" }, "6f8b1f0e-8a2c-4b0f-9a37-0d6b7c2f4a11"],
    ["union with null", ["null", "string"], null],
    ["union: a record in it", ["null", { type: "record", name: "Inner", fields: [{ name: "f", type: "int" }] }], { f: 1 }],
    ["union of text and number", ["string", "double"], 1.5],
  ])("%s", (_name, type, value) => {
    const schema = field(type);
    expect(round(schema, { f: value })).toEqual({ f: value });
    const problems = compileValidator(avroToSchema(parseAvro(schema), "read"))({ f: value });
    expect(problems, "its JSON Schema takes it").toBeNull();
  });

  test("a type that refers to itself", () => {
    const tree: Json = { type: "record", name: "Tree", fields: [{ name: "v", type: "int" }, { name: "below", type: { type: "array", items: "Tree" } }] };
    expect(round(tree, { v: 1, below: [{ v: 2, below: [] }] })).toEqual({ v: 1, below: [{ v: 2, below: [] }] });
  });

  test("a long that no number holds becomes one that its schema refuses", () => {
    // 2^53 + 1, zigzag.
    const larger = Buffer.from("8280808080808020", "hex");
    const read = avroCodec("long").decode(larger);
    expect(compileValidator(avroToSchema(parseAvro("long"), "read"))(read)).not.toBeNull();
  });

  test("what JSON does not have is no value", () => {
    const bytes = avro.Type.forSchema("double").toBuffer(Number.NaN);
    expect(() => avroCodec("double").decode(bytes)).toThrow(Undecodable);
  });

  test("fields with a default may be left out of what is sent, and are in what is read", () => {
    const schema = record({ name: "id", type: "string" }, { name: "note", type: ["null", "string"], default: null }, { name: "n", type: "int", default: 7 });
    expect(round(schema, { id: "a" })).toEqual({ id: "a", note: null, n: 7 });
    const parsed = parseAvro(schema);
    expect(compileValidator(avroToSchema(parsed, "sent"))({ id: "a" })).toBeNull();
    expect(compileValidator(avroToSchema(parsed, "read"))({ id: "a" })).not.toBeNull();
  });

  test.each<[Json, Json, string]>([
    ["int", 2 ** 31, "`f` is not a whole number of 32 bits"],
    ["long", 1.5, "`f` is not a whole number up to 2^53"],
    ["bytes", "no base64!", "`f` is not bytes in base64"],
    [{ type: "fixed", name: "F", size: 4 }, "AQI=", "`f` is not 4 bytes in base64"],
    [{ type: "enum", name: "E", symbols: ["A", "B"] }, "C", "`f` is not one of A, B"],
    [{ type: "int", logicalType: "date" }, "2026-13-01", "`f` is not a date like 2026-01-31"],
    [{ type: "int", logicalType: "date" }, "2026-02-30", "`f` is not a date like 2026-01-31"],
    [{ type: "long", logicalType: "timestamp-millis" }, "2026-02-30T00:00:00Z", "`f` is not a time with at most 3 digits behind the second"],
    [{ type: "long", logicalType: "timestamp-nanos" }, "2500-01-01T00:00:00Z", "`f` is not a time with at most 9 digits behind the second"],
    [{ type: "long", logicalType: "local-timestamp-millis" }, "2026-01-31T00:00:00+02:00", "`f` is not a time with at most 3 digits behind the second"],
    ["float", 1e300, "`f` is not a number of 32 bits"],
    [{ type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, "123.45", "`f` is not a decimal with at most 4 digits, 2 of them behind the point"],
    [{ type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, "1.005", "`f` is not a decimal with at most 4 digits, 2 of them behind the point"],
    [["null", "int"], "x", "`f` is not a whole number of 32 bits"],
    [["int", "boolean"], "x", "`f` fits no branch of its union: `f` is not a whole number of 32 bits; `f` is not a boolean"],
    [{ type: "array", items: "int" }, [1, "x"], "`f[1]` is not a whole number of 32 bits"],
  ])("%j does not hold %j", (type, value, problem) => {
    expect(() => avroCodec(field(type)).encode({ f: value })).toThrow(new Unencodable(problem));
  });

  test("a field that the schema does not have is told", () => {
    expect(() => avroCodec(field("int")).encode({ f: 1, g: 2 })).toThrow("`g` is no field of `t.R`");
    expect(() => avroCodec(field("int")).encode({})).toThrow("`f` is missing");
  });
});

describe("Avro beside other clients", () => {
  const schema: Json = record({ name: "id", type: "string" }, { name: "total", type: "long" }, { name: "note", type: ["null", "string"], default: null });
  const theirs = avro.Type.forSchema(JSON.parse(JSON.stringify(schema)));

  test("what is sent is read by avsc as it comes", () => {
    expect(theirs.fromBuffer(Buffer.from(avroCodec(schema).encode({ id: "o1", total: 12, note: "x" })))).toMatchObject({ id: "o1", total: 12, note: "x" });
  });
  test("what avsc wrote is read", () => {
    expect(avroCodec(schema).decode(theirs.toBuffer({ id: "o2", total: 5, note: null }))).toEqual({ id: "o2", total: 5, note: null });
  });
  test("an older writer's message is read with the topic's schema: defaults, promotions, fields that are gone", () => {
    const old = record({ name: "id", type: "string" }, { name: "total", type: "int" }, { name: "gone", type: "boolean" });
    const bytes = avro.Type.forSchema(JSON.parse(JSON.stringify(old))).toBuffer({ id: "o3", total: 4, gone: true });
    expect(avroCodec(schema).reader({ schemaType: "AVRO", schema: JSON.stringify(old), references: [] })(bytes)).toEqual({ id: "o3", total: 4, note: null });
  });
  test("a writer's schema that cannot be read so is told", () => {
    const other = record({ name: "id", type: "int" });
    expect(() => avroCodec(schema).reader({ schemaType: "AVRO", schema: JSON.stringify(other), references: [] })).toThrow(Undecodable);
    expect(() => avroCodec(schema).reader({ schemaType: "JSON", schema: "{}", references: [] })).toThrow("its schema is JSON, not Avro");
  });
  test("types of another subject are put in where they are named", () => {
    const order = record({ name: "who", type: "x.Person" }, { name: "other", type: "x.Person" });
    const person = { type: "record", name: "Person", namespace: "x", fields: [{ name: "name", type: "string" }] };
    const whole = record({ name: "who", type: person }, { name: "other", type: "x.Person" });
    const bytes = avroCodec(whole).encode({ who: { name: "a" }, other: { name: "b" } });
    const writer = { schemaType: "AVRO" as const, schema: JSON.stringify(order), references: [{ name: "x.Person", text: { schemaType: "AVRO" as const, schema: JSON.stringify(person), references: [] } }] };
    expect(avroCodec(whole).reader(writer)(bytes)).toEqual({ who: { name: "a" }, other: { name: "b" } });
  });
});

describe("schemas of other writers", () => {
  const schemaText = (schema: Json, references: Readonly<Record<string, SchemaText>> = {}): SchemaText => ({ schemaType: "AVRO", schema: JSON.stringify(schema), references: Object.entries(references).map(([name, text]) => ({ name, text })) });
  const named = (name: string, namespace: string, ...fields: readonly JsonObject[]): JsonObject => ({ type: "record", name, namespace, fields: [...fields] });

  test("a type is the same by its name, whatever its namespace", () => {
    const order = (space: string): Json => named("Order", space, { name: "lines", type: { type: "array", items: ["null", named("Line", space, { name: "n", type: "int" })] } });
    const bytes = avroCodec(order("com.acme")).encode({ lines: [{ n: 1 }, null] });
    expect(avroCodec(order("shop")).reader(schemaText(order("com.acme")))(bytes)).toEqual({ lines: [{ n: 1 }, null] });
    // Of two with one name it is the one of its namespace.
    const pair: Json = ["a", "b"].map((space) => named("Same", space, { name: space, type: "int", default: 0 }));
    expect(avroCodec(pair).reader(schemaText([named("Same", "b", { name: "b", type: "int", default: 0 })]))(Buffer.from([0, 10]))).toEqual({ b: 5 });
  });
  test("a type that two of the types it names name too, by their short names", () => {
    const [d, b, c] = [named("D", "x", { name: "v", type: "int" }), named("B", "x", { name: "d", type: "D" }), named("C", "x", { name: "d", type: "x.D" })];
    const below = { "x.D": schemaText(d) };
    const whole = named("A", "x", { name: "b", type: { ...b, fields: [{ name: "d", type: d }] } }, { name: "c", type: c });
    const writer = schemaText(named("A", "x", { name: "b", type: "B" }, { name: "c", type: "C" }), { "x.B": schemaText(b, below), "x.C": schemaText(c, below) });
    expect(avroCodec(whole).reader(writer)(Buffer.from([2, 4]))).toEqual({ b: { d: { v: 1 } }, c: { d: { v: 2 } } });
  });
  const long = (logicalType: string): Json => ({ type: "long", logicalType });
  const decimal = (scale: number, precision = 9): Json => ({ type: "bytes", logicalType: "decimal", precision, scale });
  test.each<[Json, Json, string]>([
    [decimal(2), decimal(3), "`f` was written as a decimal with 2 digits behind the point, and the topic has a decimal with 3 digits behind the point"],
    [["null", decimal(2)], ["null", decimal(0)], "`f` was written as a decimal with 2 digits behind the point, and the topic has a decimal with 0 digits behind the point"],
    [{ type: "array", items: long("timestamp-millis") }, { type: "array", items: long("timestamp-micros") }, "`f` was written as a time with 3 digits behind the second, and the topic has a time with 6 digits behind the second"],
  ])("%j is not read as %j: it would be another number", (writer, reader, problem) => {
    expect(() => avroCodec(field(reader)).reader(schemaText(field(writer)))).toThrow(`the schema that wrote it cannot be read as the topic's: ${problem}`);
  });
  test("a number that says no unit is one of the topic's, and one more digit before the point is the same", () => {
    expect(avroCodec(field(long("timestamp-millis"))).reader(schemaText(field("int")))(avro.Type.forSchema("int").toBuffer(86_400_000))).toEqual({ f: "1970-01-02T00:00:00.000Z" });
    expect(avroCodec(field(decimal(2))).reader(schemaText(field(decimal(2, 5))))(Buffer.from([4, 4, 226]))).toEqual({ f: "12.50" });
  });
  test("the size of a block that lies does not lead back into what was read", { timeout: 5000 }, () => {
    const writer = record({ name: "gone", type: { type: "array", items: "int" } }, { name: "a", type: "int" });
    const reader = avroCodec(record({ name: "a", type: "int" })).reader(schemaText(writer));
    expect(() => reader(Buffer.from("0103020002", "hex"))).toThrow("a block in it has not the size that it says");
    expect(reader(Buffer.from("0102020004", "hex"))).toEqual({ a: 2 });
  });
});

describe("what is no Avro schema", () => {
  test.each<[Json, string]>([
    [{ type: "enum", name: "E", symbols: ["A", "A"] }, "`A` is no symbol of the enum `E`: it is no name, or stands there twice"],
    [{ type: "enum", name: "E", symbols: ["a-b"] }, "`a-b` is no symbol of the enum `E`: it is no name, or stands there twice"],
    [{ type: "enum", name: "E", symbols: ["A"], default: "B" }, "the default of the enum `E` is none of its symbols"],
    [field(["null", "long", { type: "long", logicalType: "timestamp-millis" }]), "the field `f` of `t.R` is no union: `long` stands in it twice, by itself or under a logical type"],
    [record({ name: "a", type: "int" }, { name: "a", type: "int" }), "`t.R` has the field `a` twice"],
    [field("int", { default: "x" }), "the default of the field `f` of `t.R` does not fit its type"],
    [field(["null", "string"], { default: "x" }), "the default of the field `f` of `t.R` does not fit its type: of a union it is one of the first branch"],
    [{ type: "record", name: "string", fields: [] }, "the schema has no name: `string` cannot be one"],
  ])("%j", (schema, problem) => {
    expect(() => parseAvro(schema)).toThrow(new AvroProblem(problem));
  });
  test("defaults of all types", () => {
    const all: readonly (readonly [Json, Json])[] = [["null", null], ["boolean", true], ["int", -1], ["long", 5], ["double", 0], ["string", ""], ["bytes", "\u00ff"], [{ type: "fixed", name: "F", size: 1 }, "a"], [{ type: "enum", name: "E", symbols: ["A"] }, "A"], [{ type: "array", items: "int" }, [1]], [{ type: "map", values: "int" }, { a: 1 }], [["int", "null"], 3], [{ type: "record", name: "Q", fields: [{ name: "q", type: "int", default: 1 }] }, {}], [{ type: "long", logicalType: "timestamp-millis" }, 0]];
    const schema = record(...all.map(([type, value], index) => ({ name: `f${index}`, type, default: value })));
    expect(Object.keys(Object(avroCodec(schema).decode(avroCodec(schema).encode({}))))).toHaveLength(all.length);
  });
});

describe("bytes that are none of a schema", () => {
  const schema = record(
    { name: "list", type: { type: "array", items: "long" } },
    { name: "empty", type: { type: "array", items: "null" } },
    { name: "map", type: { type: "map", values: ["null", "string"] } },
    { name: "e", type: { type: "enum", name: "E", symbols: ["A", "B"] } },
  );
  const codec = avroCodec(schema);

  test.each([
    ["a count of 2^60", "8080808080808080802001"],
    ["a count of 2^60 items that take no bytes", "00808080808080808020"],
    ["a text longer than the rest", "000002fe7f"],
    ["a symbol that is none", "0000007e"],
    ["bytes behind the end", "0000000000"],
    ["the end in the middle", "00"],
    ["nothing", ""],
  ])("%s", (_name, hex) => {
    expect(() => codec.decode(Buffer.from(hex, "hex"))).toThrow(Undecodable);
  });
  test.each<[string, Json, string]>([
    ["a decimal of 200 kB", { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }, `80b518${"7f".repeat(200_000)}`],
    ["a text that is not UTF-8", "string", "04fffe"],
    ["a time of day that is none", { type: "int", logicalType: "time-millis" }, "01"],
    ["a key that would be a prototype", { type: "map", values: "int" }, "02125f5f70726f746f5f5f0200"],
  ])("%s", { timeout: 5000 }, (_name, type, hex) => {
    expect(() => avroCodec(type).decode(Buffer.from(hex, "hex"))).toThrow(Undecodable);
  });
  test("a decimal may be filled with bytes of its sign", () => {
    const type: Json = { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 };
    expect(avroCodec(type).decode(Buffer.from(`28${"ff".repeat(18)}fb1e`, "hex"))).toBe("-12.50");
    expect(avroCodec(type).decode(Buffer.from(`28${"00".repeat(18)}04e2`, "hex"))).toBe("12.50");
  });
  test("whatever they are, they end in a value or in Undecodable", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          codec.decode(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Undecodable);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
