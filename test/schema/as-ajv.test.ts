import { Ajv2020 } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/core/json.js";
import { bundle } from "../../src/schema/bundle.js";
import type { TypeEnv } from "../../src/schema/environment.js";
import { lowerType } from "../../src/schema/lower.js";
import { compileValidator } from "../../src/schema/validator.js";

const env: TypeEnv = { definitions: new Map(), named: () => null, names: () => [], file: (path) => ({ problem: `there is no file \`${path}\`` }) };

const SCHEMAS: readonly JsonObject[] = [
  { type: "object", properties: { a: { type: "string", pattern: "^x" } }, patternProperties: { "^n_": { type: "number", minimum: 2 }, "_s$": { type: "string", maxLength: 2 } }, additionalProperties: { type: "boolean" } },
  { type: "object", propertyNames: { pattern: "^[a-z_]+$", maxLength: 4 } },
  { type: "array", items: { type: "number" }, contains: { const: 3 }, minContains: 1, maxContains: 2 },
  { type: "array", prefixItems: [{ type: "number" }, { type: "string" }], items: { type: "boolean" } },
  { type: "array", uniqueItems: true, minItems: 1, maxItems: 3 },
  { type: "object", dependentRequired: { a: ["b"] }, minProperties: 1, maxProperties: 2 },
  { type: "object", dependentSchemas: { a: { properties: { b: { type: "number" } }, required: ["b"] } } },
  { type: "object", properties: { k: { type: "string" }, v: {} }, if: { properties: { k: { const: "n" } }, required: ["k"] }, then: { properties: { v: { type: "number" } } }, else: { required: ["v"] } },
  { type: "object", properties: { a: { type: "string" } }, unevaluatedProperties: false, allOf: [{ properties: { b: { type: "number" } } }] },
  { type: "object", properties: { a: { $ref: "#/$defs/P" }, b: { $ref: "#/$defs/Q" } }, $defs: { P: { type: "string", pattern: "^p+$" }, Q: { type: "string", pattern: "^q+$" } } },
  { not: { type: "string", pattern: "^no" } },
  { oneOf: [{ type: "number", multipleOf: 3 }, { type: "number", multipleOf: 5 }] },
  { anyOf: [{ type: "string", pattern: "^a" }, { type: "string", pattern: "b$" }] },
  { allOf: [{ type: "string", pattern: "^a" }, { type: "string", pattern: "b$", minLength: 3 }] },
  { type: "string", minLength: 2, maxLength: 3, pattern: "\\p{L}" },
  { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 3 },
  { type: "number", multipleOf: 0.1 },
  { type: ["integer", "null"], maximum: 5 },
  { enum: [1, "a", null, { x: 1 }, [1]] },
  { const: { a: [1, 2] } },
  ...["email", "date", "date-time", "time", "duration", "uri", "uuid", "ipv4"].map((format): JsonObject => ({ type: "string", format })),
];

const VALUES: readonly Json[] = [
  null, true, 0, 1, 2, 3, 5, 15, 2.5, 0.3, 1e21,
  "", "a", "ab", "acb", "no", "b", "xx", "p", "q", "😀😀", "é1", "a@b.c", "2026-02-30", "2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "12:00:00Z", "http://x/y", "::", "1.2.3.4", "P1D", "123e4567-e89b-12d3-a456-426614174000",
  [], [1], [3], [3, 3], [3, 3, 3], [1, "a", true], [1, "a", 1], ["a"], [1, 1], [{ a: 1, b: 2 }, { b: 2, a: 1 }], [1, 2, 3, 4],
  {}, { a: "x" }, { a: "y" }, { n_a: 1 }, { n_a: 2 }, { x_s: "abc" }, { n_s: 3 }, { z: true }, { z: 1 }, { A: 1 }, { abcde: 1 }, { a: 1 }, { a: 1, b: 1 }, { a: 1, b: "x" }, { a: 1, b: 1, c: 1 }, { a: "s", b: 1 }, { a: "s", c: 1 }, { x: 1 },
  { k: "n", v: 1 }, { k: "n", v: "x" }, { k: "m" }, { k: "m", v: 1 }, { a: "pp", b: "qq" }, { a: "qq", b: "qq" }, { a: "pp", b: "pp" }, { a: [1, 2] }, { a: [2, 1] },
];

test.each(SCHEMAS)("takes and refuses what ajv alone does: %j", (schema) => {
  const lowered = lowerType(schema, env, "test");
  expect(lowered.problems).toEqual([]);
  const ours = compileValidator(bundle(lowered.schema, env.definitions));
  const plain = new Ajv2020({ strict: false, formats: fullFormats, unicodeRegExp: true, logger: false }).compile(schema);
  const taken = VALUES.filter((value) => plain(value));
  expect(VALUES.filter((value) => ours(value) === null)).toEqual(taken);
});
