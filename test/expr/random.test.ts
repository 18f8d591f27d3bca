import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StepError } from "../../src/core/errors.js";
import type { Json } from "../../src/core/json.js";
import { printType } from "../../src/core/typing/print.js";
import { resolve } from "../../src/core/type.js";
import { checkExpr } from "../../src/expr/check.js";
import { checkConnection } from "../../src/expr/connection.js";
import { compileExpr } from "../../src/expr/evaluate.js";
import { Timestamp } from "../../src/expr/evaluate/time.js";
import { toData } from "../../src/expr/evaluate/to-data.js";
import { parseExpr } from "../../src/expr/parse.js";
import { checkPrompt } from "../../src/expr/prompt.js";
import { compileData, compilePrompt } from "../../src/expr/render.js";
import { checkTemplate } from "../../src/expr/template.js";
import { conforms } from "../support/random-schema.js";
import { SCOPE } from "./check-text.js";

type Kind = "number" | "text" | "truth" | "numbers" | "texts" | "items" | "item" | "optional" | "object" | "instant" | "length";

const paths = ["input.note", "input.size", "input.customer", "input.customer.mail", "input.customer.name", "steps.found", "steps.found.score", "input.stock.a", "input.stock['__proto__']", "input.shape.r", "input.shape.w", "input.parent.id", "input.items[0].note", "input.items[1].note", "x.note", "y.note"] as const;

/** Texts that often pass the checker, with every construct of the language in them; some are wrong on purpose. */
const expression = fc.letrec<Record<Kind | "any", string>>((tie) => {
  const of = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> => fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((texts) => texts.join(""));
  const one = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
  const path = one(...paths);
  const guard = fc.oneof(of("has(", path, ")"), one("input.label != null", "input.parent != null", "input.label == null", "!has(input.note)", "input.shape.kind == 'circle'", "'box' != input.shape.kind", "input.shape.kind in ['box']", "!(input.shape.kind == 'box')"), tie("truth"));
  const variable = one("x", "y", "input");
  const choice = (kind: Kind): fc.Arbitrary<string> => of("(", guard, " ? ", tie(kind), " : ", tie(kind), ")");
  const kind = (...forms: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.oneof({ maxDepth: 4, withCrossShrink: true }, ...forms);
  return {
    number: kind(
      one("1", "0", "2.5", "-3", "input.count", "input.total", "x.qty", "x", "y", "input.size", "steps.found.score", "input.stock.a", "input.shape.r", "input.shape.w"),
      of("(", tie("number"), one(" + ", " - ", " * ", " / ", " % "), tie("number"), ")"), of("-", tie("number")), of("size(", fc.oneof(tie("texts"), tie("text"), tie("object")), ")"), of(one("sum", "avg", "min", "max"), "(", tie("numbers"), ")"),
      of("int(", fc.oneof(tie("number"), tie("text"), tie("instant")), ")"), of("math.", one("round", "floor", "abs", "sign"), "(", tie("number"), ")"), of("math.greatest(", tie("number"), ", ", tie("number"), ")"), of(tie("numbers"), "[", one("0", "1", "-1", "int(input.total)"), "]"),
      of(tie("instant"), ".getHours(", one("", "'Asia/Tokyo'"), ")"), of(tie("length"), ".getMinutes()"), of(tie("optional"), ".orValue(", tie("number"), ")"), choice("number"),
    ),
    text: kind(
      one("'a'", "''", "input.id", "input.kind", "input.label", "input.note", "x.sku", "x", "y", "input.customer.mail", "input.parent.id", "input.items[0].note", "x.note", "input.shape.kind"),
      of("(", tie("text"), " + ", tie("text"), ")"), of("string(", fc.oneof(tie("number"), tie("truth"), tie("instant"), tie("length")), ")"), of("json(", tie("any"), ")"), of(tie("texts"), ".join('-')"), of(tie("text"), ".", one("trim()", "lowerAscii()", "substring(1)", "substring(0, 2)", "charAt(1)", "replace('a', 'b')", "replace('a', 'b', 1)")),
      of(tie("texts"), "[", one("0", "1"), "]"), of(tie("optional"), ".orValue(", tie("text"), ")"), choice("text"),
    ),
    truth: kind(
      one("true", "false", "input.urgent", "steps.done.ok"), of("has(", path, ")"), of("(", tie("number"), one(" < ", " <= ", " > ", " >= ", " == ", " != "), tie("number"), ")"), of("(", tie("text"), one(" < ", " == ", " != "), tie("text"), ")"), of("(", guard, one(" && ", " || "), tie("truth"), ")"), of("!", tie("truth")),
      of("(", tie("text"), " in ", fc.oneof(tie("texts"), tie("object")), ")"), of("(", tie("any"), one(" == ", " != "), tie("any"), ")"), of(tie("items"), ".", one("all", "exists", "exists_one"), "(", variable, ", ", tie("truth"), ")"), of(tie("text"), ".", one("contains('a')", "matches('^a+')", "startsWith('a')")),
      of(tie("optional"), ".hasValue()"), of("(", tie("any"), " == null)"), of("(", tie("instant"), " < ", tie("instant"), ")"), choice("truth"),
    ),
    numbers: kind(one("[]", "input.numbers", "[1, 2]", "input.grid[0]"), of("[", tie("number"), ", ", tie("number"), "]"), of(tie("items"), ".map(", variable, ", ", tie("number"), ")"), of(one("sort", "reverse", "distinct"), "(", tie("numbers"), ")"), of("(", tie("numbers"), " + ", tie("numbers"), ")"), of("flatten(", one("input.grid", "chunk(input.numbers, 2)"), ")"), of("slice(", tie("numbers"), ", 1)"), choice("numbers")),
    texts: kind(one("input.tags", "['a']", "input.stock.map(k, k)"), of("[", tie("text"), "]"), of(tie("items"), ".map(", variable, ", ", tie("text"), ")"), of(tie("items"), ".map(", variable, ", ", guard, ", ", tie("text"), ")"), of(tie("text"), ".split(',')"), of("sort(", tie("texts"), ")"), of(tie("texts"), ".filter(", variable, ", ", tie("truth"), ")")),
    items: kind(one("input.items"), of(tie("items"), ".filter(", variable, ", ", fc.oneof(guard, tie("truth")), ")"), of("sortBy(", tie("items"), ", '", one("qty", "note", "sku"), "')"), of("reverse(", tie("items"), ")"), of("[", tie("item"), "]"), of("distinct(", tie("items"), ")")),
    item: kind(of(tie("items"), "[0]"), one("x", "y", "input.items[0]"), of("merge(", tie("item"), ", ", tie("object"), ")"), choice("item")),
    object: kind(one("input.stock", "{'a': 1}", "input.customer", "input.shape", "input.parent", "input.open", "{}"), of("{'a': ", tie("any"), ", '__proto__': ", tie("number"), "}"), of("{", tie("text"), ": ", tie("number"), "}"), of("merge(", tie("object"), ", ", tie("object"), ")"), tie("item"), choice("object")),
    optional: kind(
      one("input.?note", "input.?size", "input.?customer.?mail", "input.?customer.name", "steps.?found.score", "input.stock.a", "input.stock['constructor']", "input.shape.?r", "input.parent.?id", "input.items[?0].note", "input.tags[?9]", "optional.none()", "x.?note", "input.stock[input.id]"),
      of(one("first", "last"), "(", fc.oneof(tie("items"), tie("numbers"), tie("texts")), ")"), of("first(", tie("items"), ").", one("qty", "note", "?note", "sku")), of(tie("optional"), ".optMap(", variable, ", ", tie("any"), ")"), of(tie("optional"), ".or(", tie("optional"), ")"), of("optional.of(", tie("any"), ")"), of(tie("optional"), ".optFlatMap(", variable, ", ", tie("optional"), ")"), choice("optional"),
    ),
    instant: kind(one("run.now", "timestamp('2026-01-01T00:00:00Z')"), of("(", tie("instant"), one(" + ", " - "), tie("length"), ")")),
    length: kind(one("duration('90s')", "duration('-1h')"), of("(", tie("instant"), " - ", tie("instant"), ")"), of("(", tie("length"), " + ", tie("length"), ")")),
    any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, one("null", "input.raw", "input.label"), tie("number"), tie("text"), tie("truth"), tie("numbers"), tie("items"), tie("object"), tie("optional"), tie("texts"), tie("item")),
  };
}).any;

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const number = fc.oneof(fc.integer({ min: -3, max: 5 }), finite);
const word = fc.oneof(fc.constantFrom("", "a", "b,a", "aaa", "7", "__proto__", "constructor"), fc.string());
const record = (fields: Record<string, fc.Arbitrary<unknown>>, optional: readonly string[] = []): fc.Arbitrary<unknown> => fc.record(fields, { requiredKeys: Object.keys(fields).filter((name) => !optional.includes(name)), noNullPrototype: true });
const item = record({ sku: word, qty: fc.integer({ min: -3, max: 9 }), note: word }, ["note"]);
const order = record(
  {
    id: word, total: number, count: fc.integer({ min: -3, max: 9 }), urgent: fc.boolean(), kind: fc.constantFrom("web", "shop", "phone"), note: word, size: fc.nat(5), customer: record({ name: word, mail: word }, ["mail"]), parent: fc.option(record({ id: word })), label: fc.option(word),
    items: fc.array(item, { maxLength: 3 }), tags: fc.array(word, { maxLength: 3 }), numbers: fc.array(number, { maxLength: 3 }), grid: fc.array(fc.array(fc.integer(), { maxLength: 2 }), { maxLength: 2 }), stock: fc.dictionary(fc.oneof(fc.constantFrom("a", "__proto__", "constructor"), word), fc.integer({ min: 0, max: 9 }), { noNullPrototype: true, maxKeys: 3 }),
    raw: fc.jsonValue({ maxDepth: 2 }), open: record({ known: word, more: number }, ["more"]), shape: fc.oneof(record({ kind: fc.constant("circle"), r: number }), record({ kind: fc.constant("box"), w: number })), names: record({ "first name": word }),
  },
  ["note", "size", "customer"],
);
const environment = fc.record({ input: order, found: fc.option(record({ id: word, score: number })), ok: fc.boolean(), at: fc.integer({ min: 0, max: 4e12 }) }).map(({ input, found, ok, at }) => {
  const outer: Record<string, unknown> = Object.assign(Object.create(null), { done: { ok } });
  const steps: Record<string, unknown> = Object.assign(Object.create(outer), found === null ? {} : { found });
  const env: Record<string, unknown> = Object.assign(Object.create(null), { input, steps, run: { now: new Timestamp(at), id: "r" } });
  return env;
});

/** What only data can show. */
const DATA_ONLY = /there is no element|of an empty list|is no number|which cannot be data|outside the years|out of range|an empty optional has no value|is no pattern/;

const show = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (typeof part === "number" && !Number.isFinite(part) ? String(part) : part));

describe("random expressions", () => {
  it("that check give values of their type, or raise what only data can show", () => {
    let passed = 0;
    fc.assert(
      fc.property(expression, fc.array(environment, { minLength: 2, maxLength: 4 }), (text, environments) => {
        const parsed = parseExpr(text);
        if (!parsed.ok) return;
        const { expr, type, problems } = checkExpr(parsed.expr, SCOPE);
        if (problems.length > 0) return;
        passed++;
        const run = compileExpr(expr.ast, text);
        for (const env of environments) {
          try {
            const value = run(env);
            const data: Json | undefined = value === undefined ? undefined : toData(value, text);
            // A value of which nothing is known is no promise.
            if (resolve(type).kind !== "never" && !conforms(type, data)) throw new Error(`${show(data)} is no ${printType(type)}: ${text} over ${show(env)}`);
          } catch (error) {
            if (!(error instanceof StepError)) throw error;
            if (error.code !== "expr" || !DATA_ONLY.test(error.message)) throw new Error(`${error.message}: ${text} over ${show(env)}`, { cause: error });
          }
        }
      }),
      { numRuns: 4_000 },
    );
    expect(passed).toBeGreaterThan(400);
  });

  it("print the same problems with places inside the text", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const parsed = parseExpr(text);
        if (!parsed.ok) return expect(parsed.problem.end).toBeLessThanOrEqual(text.length + 1);
        for (const { start, end, fix } of checkExpr(parsed.expr, SCOPE).problems) {
          expect(0 <= start && start < end && end <= text.length).toBe(true);
          if (fix !== undefined) expect(fix).not.toBe("");
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("mutated texts never crash", () => {
  const noise = fc.constantFrom("${", "}", "$${", "'", '"', "(", ")", "[", "]", "{", "?", ".?", ":", "&&", "!", "\\", "\n", "'''", "${if ", "${for x in ", "${else}", "${end}", "env:X", "has(", ".map(x,", "é", "\u0000", "0x", "1e", "//", ",");
  const mutated = fc.tuple(expression, fc.array(fc.tuple(fc.nat(60), fc.nat(5), fc.oneof(noise, fc.string({ maxLength: 3 }))), { maxLength: 6 })).map(([text, edits]) => edits.reduce((at, [from, cut, put]) => at.slice(0, from) + put + at.slice(from + cut), text));
  const text = fc.oneof(mutated, mutated.map((inside) => `a \${${inside}} b`), fc.array(fc.oneof(noise, fc.constantFrom("input.id", "x", "input.items")), { maxLength: 12 }).map((parts) => parts.join("")));

  it("neither expressions, templates, prompts nor connections", () => {
    fc.assert(
      fc.property(text, environment, (source, env) => {
        const quietly = (work: () => unknown): void => {
          try {
            work();
          } catch (error) {
            if (!(error instanceof StepError)) throw error;
          }
        };
        const parsed = parseExpr(source);
        if (parsed.ok) {
          const checked = checkExpr(parsed.expr, SCOPE);
          if (checked.problems.length === 0) quietly(() => compileExpr(checked.expr.ast, source)(env));
        } else {
          expect(parsed.problem.start).toBeLessThanOrEqual(parsed.problem.end);
        }
        const template = checkTemplate(source, SCOPE);
        if (template.problems.length === 0) quietly(() => compileData(template.data)(env));
        const prompt = checkPrompt(source, SCOPE);
        if (prompt.problems.length === 0) quietly(() => compilePrompt(prompt.prompt)(env));
        checkConnection(source, SCOPE);
      }),
      { numRuns: 3_000 },
    );
  });
});
