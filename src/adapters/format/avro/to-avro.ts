import { resolveAvro, type AvroSchema, type AvroType } from "../../../core/format/avro.js";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import { Unencodable } from "../../../core/ports/format.js";
import { branchOf } from "../../../core/format/avro-branch.js";
import { decimalBytes } from "./decimal.js";
import { dateDays, timeSince, timestampSince } from "./times.js";

/** JSON as avsc takes it. Fields that are left out get their defaults there. Throws Unencodable; `at` is the field's path. */
export function toAvro(schema: AvroSchema, type: AvroType, value: Json, at: string): unknown {
  const found = resolveAvro(type, schema);
  const wrong = (expected: string): never => {
    throw new Unencodable(`${at === "" ? "it" : `\`${at}\``} is not ${expected}`);
  };
  const text = (expected: string): string => (typeof value === "string" ? value : wrong(expected));
  switch (found.is) {
    case "null":
      return value === null ? null : wrong("null");
    case "boolean":
      return typeof value === "boolean" ? value : wrong("a boolean");
    case "string":
    case "uuid":
      return text("a text").toWellFormed();
    case "int":
      return typeof value === "number" && Number.isInteger(value) && Math.abs(value + 0.5) <= 2 ** 31 ? value : wrong("a whole number of 32 bits");
    case "long":
      return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : wrong("a whole number up to 2^53");
    case "float":
      return typeof value === "number" && Number.isFinite(Math.fround(value)) ? value : wrong("a number of 32 bits");
    case "double":
      return typeof value === "number" ? value : wrong("a number");
    case "bytes":
      return base64(text("bytes in base64")) ?? wrong("bytes in base64");
    case "fixed": {
      const bytes = base64(text("bytes in base64"));
      return bytes?.length === found.size ? bytes : wrong(`${found.size} bytes in base64`);
    }
    case "decimal":
      return decimalBytes(text("a decimal as text"), found) ?? wrong(`a decimal with at most ${found.precision} digits, ${found.scale} of them behind the point`);
    case "date":
      return dateDays(text("a date")) ?? wrong("a date like 2026-01-31");
    case "time": {
      const since = timeSince(text("a time of day"), found.digits);
      return since === null ? wrong("a time like 13:45:00") : found.digits === 3 ? Number(since) : since;
    }
    case "timestamp":
      return timestampSince(text("a time"), found.digits, found.local) ?? wrong(`a time with at most ${found.digits} digits behind the second`);
    case "enum":
      return typeof value === "string" && found.symbols.includes(value) ? value : wrong(`one of ${found.symbols.join(", ")}`);
    case "array":
      return Array.isArray(value) ? value.map((one: Json, index) => toAvro(schema, found.items, one, `${at}[${index}]`)) : wrong("a list");
    case "map":
      return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toAvro(schema, found.values, one, under(at, key))])) : wrong("an object");
    case "union":
      return branch(schema, found.of, value, at);
    case "record":
      return isJsonObject(value) ? record(schema, found, value, at) : wrong("an object");
  }
}

function record(schema: AvroSchema, { name: called, fields }: AvroType & { readonly is: "record" }, value: JsonObject, at: string): Readonly<Record<string, unknown>> {
  const known = new Set(fields.map(({ name }) => name));
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown !== undefined) throw new Unencodable(`\`${under(at, unknown)}\` is no field of \`${called}\``);
  return Object.fromEntries(fields.flatMap(({ name, type, hasDefault }) => {
    const field = value[name];
    if (field !== undefined) return [[name, toAvro(schema, type, field, under(at, name))]];
    if (hasDefault) return [];
    throw new Unencodable(`\`${under(at, name)}\` is missing`);
  }));
}

/** The first branch that the value fits. */
function branch(schema: AvroSchema, branches: readonly AvroType[], value: Json, at: string): unknown {
  if (value === null && branches.some(({ is }) => is === "null")) return null;
  const problems: string[] = [];
  for (const one of branches) {
    if (one.is === "null") continue;
    try {
      return { [branchOf(one)]: toAvro(schema, one, value, at) };
    } catch (thrown) {
      if (!(thrown instanceof Unencodable)) throw thrown;
      problems.push(thrown.message);
    }
  }
  throw new Unencodable(problems.length === 1 ? (problems[0] ?? "") : `${at === "" ? "it" : `\`${at}\``} fits no branch of its union: ${problems.join("; ")}`);
}

const under = (at: string, name: string): string => (at === "" ? name : `${at}.${name}`);

function base64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}
