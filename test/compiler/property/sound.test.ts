import * as fc from "fast-check";
import { expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import { world } from "../../support/runtime.js";
import { randomType, type RandomSchema } from "../../support/random-schema.js";

/** What data alone can break, and no schema can say before. */
const OF_DATA = /is (NaN|-?Infinity), which cannot be data|there is no element \d+|of an empty list|is no number, so/;

/** Expressions that read a value of a schema, most of them right, some not: the compiler tells. */
function reads(json: Json | undefined, at: string, depth = 0): string[] {
  const found = [at];
  if (typeof json === "string") return json.endsWith("[]") ? [...found, `${at}.size()`, `${at}[0]`, `${at}[?0]`, ...inner(json.slice(0, -2), at, depth)] : found;
  if (depth > 3 || !isJsonObject(json)) return found;
  const { fields, properties, items, anyOf, oneOf } = json;
  for (const members of [fields, properties]) {
    if (typeof members !== "object" || members === null || Array.isArray(members)) continue;
    for (const [name, type] of Object.entries(members)) {
      if (!/^\w+$/.test(name)) continue;
      found.push(`has(${at}.${name})`, `${at}.?${name}`, `${at}.?${name}.orValue(null)`, ...reads(type, `${at}.${name}`, depth + 1));
    }
  }
  if (typeof items === "object") found.push(`${at}.size()`, `${at}[0]`, `first(${at})`, ...inner(items, at, depth));
  for (const forms of [anyOf, oneOf]) if (Array.isArray(forms)) for (const form of forms) found.push(...reads(form, at, depth + 1).slice(1));
  return found;
}

const inner = (items: Json, at: string, depth: number): string[] =>
  reads(items, `i${depth}`, depth + 1).slice(0, 8).flatMap((read) => [`${at}.map(i${depth}, ${read})`, `${at}.filter(i${depth}, ${read} == ${read})`, `${at}.all(i${depth}, ${read} != null)`]);

const WRAPS: readonly ((a: string, b: string) => string)[] = [
  (a) => a,
  (a) => a,
  (a, b) => `${a} == ${b}`,
  (a, b) => `${a} + ${b}`,
  (a, b) => `${a} < ${b}`,
  (a, b) => `${a} / ${b}`,
  (a, b) => `${a} % ${b}`,
  (a, b) => `[${a}, ${b}]`,
  (a, b) => `${a} in ${b}`,
  (a, b) => `${a} == ${b} ? ${a} : ${b}`,
  (a) => `json(${a})`,
  (a) => `string(${a})`,
  (a) => `size(${a})`,
  (a) => `-${a}`,
  (a) => `int(${a})`,
  (a) => `sum(${a})`,
  (a) => `max(${a})`,
  (a) => `sort(${a})`,
  (a) => `distinct(${a})`,
  (a) => `first(${a})`,
  (a) => `flatten(${a})`,
  (a, b) => `merge(${a}, ${b})`,
  (a, b) => `${a}.orValue(${b})`,
  (a) => `optMap(${a}, v, [v])`,
  (a) => `${a}.startsWith('a')`,
  (a) => `${a}.matches('^a+$')`,
  (a) => `join(${a}, ',')`,
  (a) => `{'k': ${a}}`,
];

const quoted = (text: string): string => JSON.stringify(text);
const hole = (expr: string): string => quoted(`\${${expr}}`);

/** A value rule of the schema (`pattern`, `minimum`, only one of several forms): checked where data enters, at run time. */
const OF_VALUE = /(must match `|must be (at least|at most|above|below) |must have at (least|most) )|beyond the whole numbers|fits \d+ of the forms/;

/** One line each, so that a wrong one can be taken out. */
const FORMS: readonly ((id: string, a: string, b: string) => string)[] = [
  (id, a) => `{ id: ${id}, set: ${hole(a)} }`,
  (id, a, b) => `{ id: ${id}, set: { a: ${hole(a)}, t: ${quoted(`x \${${b}} y`)} } }`,
  (id, a, b) => `{ id: ${id}, when: ${quoted(a)}, set: ${hole(b)} }`,
  (id, a, b) => `{ id: ${id}, map: { over: ${quoted(a)}, as: it }, value: { it: "\${it}", b: ${hole(b)} } }`,
  (id, a) => `{ id: ${id}, map: { over: ${quoted(a)}, as: it }, do: [ { id: ${id}_in, set: "\${[it]}" } ], value: "\${steps.${id}_in[0]}" }`,
  (id, a, b) => `{ id: ${id}, switch: [ { when: ${quoted(a)}, value: ${hole(b)} }, { else: { value: ${hole(a)} } } ] }`,
  (id, a, b) => `{ id: ${id}, loop: { over: ${quoted(a)}, as: it, init: [], type: ${quoted("number[]")} }, value: ${hole(`state + [${b}]`)} }`,
  (id, a) => `{ id: ${id}, emit: out, with: { a: ${hole(a)} } }`,
  (id, a) => `{ id: ${id}, tool: same, with: ${hole(a)} }`,
];

interface Flow {
  readonly text: string;
  readonly value: Json;
}

const flow: fc.Arbitrary<Flow> = randomType.chain((schema: RandomSchema) => {
  const known = reads(schema.json, "input");
  const read = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: fc.constantFrom("1", "'a'", "true", "[1]", "null", "0.5") }, { weight: 3, arbitrary: fc.nat(5).map((back) => `steps.EARLIER${back}`) });
  const expr = fc.tuple(fc.constantFrom(...WRAPS), read, read).map(([wrap, a, b]) => wrap(a, b));
  const step = fc.tuple(fc.constantFrom(...FORMS), expr, fc.oneof(read, expr));
  return fc.tuple(fc.array(step, { minLength: 3, maxLength: 12 }), schema.value).map(([steps, value]): Flow => {
    const lines = steps.map(([form, a, b], at) => `  - ${form(`s${at}`, a, b).replaceAll(/EARLIER(\d)/g, (_, back: string) => (Number(back) < at ? `s${at - 1 - Number(back)}` : "start"))}`);
    const head = `flowctl: v1\nflow: p\ntypes: { In: ${JSON.stringify(schema.json)} }\ntopics: { out: {} }\ntools: { same: { expr: "\${input}", input: In, output: In } }\ninput: In\nsteps:\n  - { id: start, set: 1 }\n`;
    return { text: sound(head, lines), value };
  });
});

/** A step that is right, in the place of each that has errors. */
function sound(head: string, lines: readonly string[]): string {
  for (let left = lines; ; ) {
    const text = `${head}${left.join("\n")}\n`;
    const errors = compile({ entries: [{ path: "flow.yaml", text }], read: () => null }).diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return text;
    const wrong = new Set(errors.map(({ span }) => text.slice(0, span.start).split("\n").length - head.split("\n").length));
    if ([...wrong].some((at) => at < 0 || left[at]?.endsWith(EMPTY) !== false)) throw new Error(`${errors.map(({ code, message }) => `${code} ${message}`).join("\n")}\n${text}`);
    left = left.map((line, at) => (wrong.has(at) ? `  - { id: s${at}, ${EMPTY}` : line));
  }
}
const EMPTY = "set: 0 }";

it("a flow that validates does not fail for a type reason", async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(flow, async ({ text, value }) => {
      const { runtime, events } = world(text);
      await runtime.start();
      const { status, error } = await runtime.manual("p", value);
      await runtime.close();
      // The value breaks what the schema says beyond structure: the run has not begun.
      fc.pre(events.length > 0 || status === "completed");
      steps += text.split("\n").filter((line) => /^ {2}- \{ id: s\d/.test(line) && !line.endsWith(EMPTY)).length;
      if (status === "completed") return;
      const { code, message } = error ?? {};
      // A tuple's type is a list of all that its places may hold: which place holds what is a value rule too.
      if (code === "invalid_input" && text.includes("prefixItems")) return;
      expect({ code, message }).toEqual(code === "expr" ? { code, message: expect.stringMatching(OF_DATA) } : { code: "invalid_input", message: expect.stringMatching(OF_VALUE) });
    }),
    { numRuns: 400 },
  );
  // The property says nothing of flows without steps.
  expect(steps).toBeGreaterThan(150);
});
