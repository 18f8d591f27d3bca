import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.js";
import { bundle } from "../../src/schema/bundle.js";
import type { TypeEnv } from "../../src/schema/environment.js";
import { explain } from "../../src/schema/explain/explain.js";
import { lowerType } from "../../src/schema/lower.js";
import { compileValidator } from "../../src/schema/validator.js";
import { conforms, randomType } from "../support/random-schema.js";

const env: TypeEnv = { definitions: new Map(), named: () => null, names: () => [], file: (path) => ({ problem: `there is no file \`${path}\`` }) };

const lower = (json: Json) => {
  const lowered = lowerType(json, env, "test");
  expect(lowered.problems).toEqual([]);
  return { type: lowered.type, schema: bundle(lowered.schema, env.definitions) };
};

const withValue = randomType.chain((random) => fc.tuple(fc.constant(random.json), random.value));
const withAnyValue = fc.tuple(randomType, randomType).chain(([random, other]) => fc.tuple(fc.constant(random.json), fc.oneof(other.value, random.value, fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value))))));

describe("random types and data", () => {
  it("valid data passes the validator and has the structural type", () => {
    fc.assert(
      fc.property(withValue, ([json, value]) => {
        const { type, schema } = lower(json);
        expect(compileValidator(schema)(value)).toBeNull();
        expect(conforms(type, value)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("whatever passes the validator has the structural type", () => {
    fc.assert(
      fc.property(withAnyValue, ([json, value]) => {
        const { type, schema } = lower(json);
        if (compileValidator(schema)(value) === null) expect(conforms(type, value)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("an explanation is found exactly where the validator refuses, and none of them is raw", () => {
    fc.assert(
      fc.property(withAnyValue, ([json, value]) => {
        const { schema } = lower(json);
        const refused = compileValidator(schema)(value);
        const issues = explain(schema, value);
        expect(issues.length > 0).toBe(refused !== null);
        for (const issue of issues) expect(issue.message).not.toMatch(/NOT|oneOf|anyOf/);
      }),
      { numRuns: 400 },
    );
  });
});
