import { checkExpr, type CheckedExpr } from "../../src/expr/check.js";
import { compileExpr } from "../../src/expr/evaluate.js";
import { Timestamp } from "../../src/expr/evaluate/time.js";
import { parseExpr } from "../../src/expr/parse.js";
import type { Scope } from "../../src/expr/scope.js";
import { printType } from "../../src/core/typing/print.js";
import { ANY, BOOLEAN, INTEGER, listOf, NULL, NUMBER, objectOf, STRING, TIMESTAMP, type Type } from "../../src/core/type.js";

export const enumOf = (...values: readonly (string | number)[]): Type => ({ kind: "union", of: values.map((value) => ({ kind: "const", value })) });
export const nullable = (type: Type): Type => ({ kind: "union", of: [type, NULL] });

const maybe = (type: Type, why?: string) => ({ type, required: false, ...(why === undefined ? {} : { why }) });

const ITEM = objectOf({ sku: STRING, qty: INTEGER, note: maybe(STRING) });
const ORDER: Type = {
  ...objectOf({
    id: STRING, total: NUMBER, count: INTEGER, urgent: BOOLEAN, kind: enumOf("web", "shop", "phone"),
    note: maybe(STRING), size: maybe(INTEGER), customer: maybe(objectOf({ name: STRING, mail: maybe(STRING) })),
    parent: nullable(objectOf({ id: STRING })), label: nullable(STRING),
    items: listOf(ITEM), tags: listOf(STRING), numbers: listOf(NUMBER), grid: listOf(listOf(INTEGER)),
    stock: objectOf({}, INTEGER), raw: ANY, open: objectOf({ known: STRING }, "open"),
    shape: { kind: "union", of: [objectOf({ kind: { kind: "const", value: "circle" }, r: NUMBER }), objectOf({ kind: { kind: "const", value: "box" }, w: NUMBER })] },
    names: objectOf({ "first name": STRING }),
  }),
  name: "Order",
};

/** An order, two steps of which one may be absent, events without a schema, and a timestamp. */
export const SCOPE: Scope = {
  vars: new Map<string, Type>([
    ["input", ORDER],
    ["steps", objectOf({ found: maybe(objectOf({ id: STRING, score: NUMBER }), "the step has a `when`"), done: objectOf({ ok: BOOLEAN }) })],
    ["event", { kind: "any", dynamic: true }],
    ["run", objectOf({ now: TIMESTAMP, id: STRING })],
  ]),
  present: new Set(),
  hidden: new Map([["steps.inner", "`inner` is inside a finished block: give that block a `value`"], ["msg", "`msg` is read in `on` and `topics` only"]]),
};

export function check(text: string, scope: Scope = SCOPE): CheckedExpr {
  const parsed = parseExpr(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`);
  return checkExpr(parsed.expr, scope);
}

/** The type as text, or the codes of the problems with what they underline: "FC4100 input.note". */
export function verdict(text: string, scope: Scope = SCOPE): string {
  const { type, problems } = check(text, scope);
  return problems.length === 0 ? printType(type) : problems.map(({ code, start, end }) => `${code} ${text.slice(start, end)}`).join("; ");
}

export const hintOf = (text: string): string => check(text).problems.map(({ hint }) => hint ?? "").join("; ");

export const VALUES = {
  input: {
    id: "o1", total: 12.5, count: 3, urgent: true, kind: "web", parent: null, label: null, size: 2,
    items: [{ sku: "a", qty: 2, note: "x" }, { sku: "b", qty: 1 }, { sku: "c", qty: 5 }],
    tags: ["red", "green", "red"], numbers: [3, 1, 2], grid: [[1, 2], [3]], stock: { a: 4 }, raw: { any: [1] }, open: { known: "k" },
    shape: { kind: "circle", r: 2 }, names: { "first name": "Ada" },
  },
  steps: Object.assign(Object.create(null), { done: { ok: true } }),
  event: { seq: 7, data: { deep: [1, 2] } },
  run: { now: new Timestamp(Date.UTC(2026, 0, 31, 12, 30, 15, 250)), id: "r1" },
};

/** Checks without problems, then evaluates. */
export function evaluate(text: string, values: object = VALUES, scope: Scope = SCOPE): unknown {
  const { expr, problems } = check(text, scope);
  if (problems.length > 0) throw new Error(`${text}: ${problems.map(({ message }) => message).join("; ")}`);
  return compileExpr(expr.ast, text)(Object.assign(Object.create(null), values));
}
