import type { ExprAst } from "../../core/expression.js";
import { join } from "../../core/typing/join.js";
import { describeType } from "../../core/typing/print.js";
import { elementType } from "../../core/typing/property.js";
import { similar } from "../../core/typing/similar.js";
import { BOOLEAN, DURATION, INTEGER, listOf, NEVER, NUMBER, resolve, STRING, TIMESTAMP, type Type } from "../../core/type.js";
import { accessPath, NOTHING, notNull, presence } from "../facts.js";
import type { Scope } from "../scope.js";
import { basesOf, constantsOf, isInteger, isOnly, isSilent, type Base } from "./base.js";
import { canJoin } from "./condition.js";
import { negated, oneOf } from "./excluded.js";
import { known, plain, source, typed, type Checking, type Typed } from "./context.js";

type Binary = Extract<ExprAst, { op: "bin" }>;

export function checkNegation(cx: Checking, ast: Extract<ExprAst, { op: "neg" }>, scope: Scope): Typed {
  const of = cx.check(ast.of, scope);
  const type = known(cx, of);
  if (!isOnly(type, "number")) cx.report(ast, "FC4101", `\`-\` needs a number, but \`${source(cx, of.ast)}\` is ${describeType(type)}`);
  return typed({ ...ast, of: of.ast }, isInteger(type) ? INTEGER : NUMBER);
}

export function checkBinary(cx: Checking, ast: Binary, scope: Scope): Typed {
  if (ast.fn === "==" || ast.fn === "!=") {
    if (isNullLiteral(ast.right)) cx.nullTests.set(ast.left, ast.fn);
    if (isNullLiteral(ast.left)) cx.nullTests.set(ast.right, ast.fn);
  }
  const left = cx.check(ast.left, scope);
  const right = cx.check(ast.right, scope);
  const made: ExprAst = { ...ast, left: left.ast, right: right.ast };
  switch (ast.fn) {
    case "==":
    case "!=":
      return equality(cx, ast, made, left, right);
    case "in":
      return membership(cx, made, left, right);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return typed(made, order(cx, ast, left, right));
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return typed(made, arithmetic(cx, ast, left, right));
  }
}

/** Comparing with null tells whether a value is null; comparing values of types that share nothing is a mistake. */
function equality(cx: Checking, ast: Binary, made: ExprAst, left: Typed, right: Typed): Typed {
  const asked = isNull(right.type) ? left : isNull(left.type) ? right : null;
  if (asked !== null && resolve(asked.type).kind === "optional") {
    const path = accessPath(asked.ast)?.every((name) => /^\w+$/.test(name)) === true ? source(cx, asked.ast).replaceAll(".?", ".") : null;
    cx.report(ast, "FC4104", `\`${source(cx, asked.ast)}\` may be absent, which is not the same as null`, { hint: path === null ? "write `x.hasValue()`" : `write \`${ast.fn === "==" ? "!" : ""}has(${path})\``, ...(path === null ? {} : { fix: `${ast.fn === "==" ? "!" : ""}has(${path})` }) });
    return typed(made, BOOLEAN);
  }
  const [a, b] = [plain(cx, left), plain(cx, right)];
  const tested = isNull(b) ? left : isNull(a) ? right : null;
  if (tested !== null) {
    const path = accessPath(tested.ast);
    const facts = path === null ? NOTHING : new Set([notNull(path)]);
    return { ast: made, type: BOOLEAN, whenTrue: ast.fn === "!=" ? facts : NOTHING, whenFalse: ast.fn === "==" ? facts : NOTHING };
  }
  if (!canJoin(a, b)) {
    cx.report(ast, "FC4101", `\`${source(cx, ast)}\` compares ${describeType(a)} with ${describeType(b)}: they are never equal`, asLiteral(left, right, a, b) ?? asTime(cx, ast.fn, left, right, a, b) ?? { hint: "convert one side, for instance with `string(x)` or `int(x)`" });
  } else {
    noSuchMember(cx, a, right);
    noSuchMember(cx, b, left);
  }
  return { ast: made, type: BOOLEAN, ...(constantCase(ast.fn, left, right) ?? sameAs(ast.fn, left, right)) };
}

/** `x.kind == 'a'` says which cases of `x` are left. */
function constantCase(fn: Binary["fn"], left: Typed, right: Typed): Pick<Typed, "whenTrue" | "whenFalse"> | null {
  const [of, other] = right.ast.op === "lit" ? [left, right.ast] : [right, left.ast];
  if (other.op !== "lit" || (typeof other.value !== "string" && typeof other.value !== "number")) return null;
  const said = oneOf(accessPath(of.ast), of.type, [other.value]);
  return fn === "==" ? said : negated(said);
}

/** `test == true` says what the test says. */
function sameAs(fn: Binary["fn"], left: Typed, right: Typed): Pick<Typed, "whenTrue" | "whenFalse"> {
  const [test, other] = right.ast.op === "lit" ? [left, right.ast] : [right, left.ast];
  if (other.op !== "lit" || typeof other.value !== "boolean") return { whenTrue: NOTHING, whenFalse: NOTHING };
  return other.value === (fn === "==") ? { whenTrue: test.whenTrue, whenFalse: test.whenFalse } : { whenTrue: test.whenFalse, whenFalse: test.whenTrue };
}

const isNullLiteral = (ast: ExprAst): boolean => ast.op === "lit" && ast.value === null;
const isNull = (type: Type): boolean => isOnly(type, "null") && !isSilent(type);

/** An enum compared with a constant that is none of its members. */
function noSuchMember(cx: Checking, type: Type, other: Typed): void {
  const members = constantsOf(type);
  const constant = resolve(other.type);
  if (members === null || members.length === 0 || constant.kind !== "const" || members.includes(constant.value)) return;
  if (other.ast.op !== "lit" || (members.length === 1 && resolve(type).kind === "const")) return;
  const near = typeof constant.value === "string" ? similar(constant.value, members.map(String)) : null;
  cx.report(other.ast, "FC4110", `\`${source(cx, other.ast)}\` is none of the values that are possible here`, {
    hint: near === null ? `possible are ${members.map((member) => `\`${String(member)}\``).join(", ")}` : `did you mean \`'${near}'\`?`,
    ...(near === null ? {} : { fix: `'${near}'` }),
  });
}

function membership(cx: Checking, made: ExprAst, left: Typed, right: Typed): Typed {
  const item = plain(cx, left);
  const holder = known(cx, right);
  const bases = basesOf(holder);
  if (bases.has("list")) {
    const items = elementType(holder);
    if (items !== null && !canJoin(item, items)) {
      cx.report(made, "FC4101", `\`${source(cx, left.ast)}\` is ${describeType(item)}, but the list's elements are ${describeType(items)}: it is never in it`);
    } else {
      noSuchMember(cx, items ?? NEVER, left);
      if (right.ast.op === "list") {
        const values = right.ast.items.flatMap((member) => (member.op === "lit" && member.value !== null ? [member.value] : []));
        for (const member of right.ast.items) noSuchMember(cx, item, { ast: member, type: member.op === "lit" && member.value !== null ? { kind: "const", value: member.value } : NEVER, whenTrue: NOTHING, whenFalse: NOTHING });
        if (values.length === right.ast.items.length) return { ast: made, type: BOOLEAN, ...oneOf(accessPath(left.ast), item, values) };
      }
    }
  } else if (bases.has("object")) {
    if (!isOnly(item, "string")) cx.report(made, "FC4101", `\`${source(cx, left.ast)}\` is ${describeType(item)}, but an object's keys are texts: it is never in it`, { hint: "write `string(x)`" });
    const path = accessPath(right.ast);
    if (path !== null && left.ast.op === "lit" && typeof left.ast.value === "string") return { ...typed(made, BOOLEAN), whenTrue: presence([...path, left.ast.value]) };
  } else if (bases.size > 0) {
    const hint = isOnly(holder, "string") ? `for a part of a text write \`${source(cx, right.ast)}.contains(${source(cx, left.ast)})\`` : undefined;
    cx.report(right.ast, "FC4101", `\`in\` needs a list or a map, but \`${source(cx, right.ast)}\` is ${describeType(holder)}`, hint === undefined ? {} : { hint });
  }
  return typed(made, BOOLEAN);
}

const ORDERED: readonly Base[] = ["number", "string", "timestamp", "duration", "boolean"];

function order(cx: Checking, ast: Binary, left: Typed, right: Typed): Type {
  const [a, b] = [known(cx, left), known(cx, right)];
  if (isSilent(a) || isSilent(b)) return BOOLEAN;
  if (!ORDERED.some((base) => isOnly(a, base) && isOnly(b, base))) {
    cx.report(ast, "FC4101", `\`${ast.fn}\` cannot compare ${describeType(a)} with ${describeType(b)}`, conversion(cx, ast.fn, left, right, a, b));
  }
  return BOOLEAN;
}

function arithmetic(cx: Checking, ast: Binary, left: Typed, right: Typed): Type {
  const [a, b] = [known(cx, left), known(cx, right)];
  if (isSilent(a) || isSilent(b)) return isSilent(a) && isSilent(b) ? NEVER : resultOfSilent(ast, isSilent(a) ? a : b, isSilent(a) ? b : a);
  const only = (base: Base, other: Base): boolean => isOnly(a, base) && isOnly(b, other);
  if (only("number", "number")) return ast.fn !== "/" && isInteger(a) && isInteger(b) ? INTEGER : NUMBER;
  if (ast.fn === "+" && only("string", "string")) return STRING;
  if (ast.fn === "+" && only("list", "list")) return listOf(join(elementType(a) ?? NEVER, elementType(b) ?? NEVER));
  if (ast.fn === "+" || ast.fn === "-") {
    if (only("duration", "duration")) return DURATION;
    if (only("timestamp", "duration") || (ast.fn === "+" && only("duration", "timestamp"))) return TIMESTAMP;
    if (ast.fn === "-" && only("timestamp", "timestamp")) return DURATION;
  }
  cx.report(ast, "FC4101", `\`${ast.fn}\` cannot be applied to ${describeType(a)} and ${describeType(b)}`, conversion(cx, ast.fn, left, right, a, b));
  return NEVER;
}

/** One side is unknown after a reported problem: the other says enough to go on. */
function resultOfSilent({ fn }: Binary, silent: Type, other: Type): Type {
  const at = resolve(silent);
  // What went wrong may have been whole; what has no schema may be a fraction.
  if (isOnly(other, "number")) return isInteger(other) && fn !== "/" && (at.kind !== "any" || at.wrong === true) ? INTEGER : NUMBER;
  return fn === "+" && isOnly(other, "string") ? STRING : NEVER;
}

/** A number, true or false in quotes beside a value of that kind. */
function asLiteral(left: Typed, right: Typed, a: Type, b: Type): { readonly hint: string } | null {
  const quoted = left.ast.op === "lit" ? left : right;
  const other = quoted === left ? b : a;
  if (quoted.ast.op !== "lit" || typeof quoted.ast.value !== "string") return null;
  const { value } = quoted.ast;
  const bare = isOnly(other, "number") ? /^-?\d+(\.\d+)?$/.test(value) : isOnly(other, "boolean") && (value === "true" || value === "false");
  return bare ? { hint: `write it without quotes: \`${value}\`` } : null;
}

const LENGTH = /^-?[\d.]+(ms|s|m|h|d)/;

/** A text beside a time is read as one: instants of two zones are not in order as texts. Only `+` may mean to join texts. */
function asTime(cx: Checking, fn: Binary["fn"], left: Typed, right: Typed, a: Type, b: Type): { readonly hint: string } | null {
  const text = isOnly(a, "string") ? left : right;
  const [own, other] = text === left ? [a, b] : [b, a];
  const kind = isOnly(other, "timestamp") ? "timestamp" : isOnly(other, "duration") ? "duration" : null;
  if (kind === null || isSilent(other) || isSilent(own) || !isOnly(own, "string")) return null;
  const sum = fn === "+" || fn === "-";
  const length = sum && text.ast.op === "lit" && LENGTH.test(String(text.ast.value));
  return fn === "+" && !length ? null : { hint: `write \`${length ? "duration" : kind}(${source(cx, text.ast)})\`` };
}

function conversion(cx: Checking, fn: Binary["fn"], left: Typed, right: Typed, a: Type, b: Type): { readonly hint?: string } {
  const better = asLiteral(left, right, a, b) ?? asTime(cx, fn, left, right, a, b);
  if (better !== null) return better;
  const text = isOnly(a, "string") ? right : isOnly(b, "string") ? left : null;
  const other = text === right ? b : a;
  if (text === null) return {};
  if (isOnly(other, "list") || isOnly(other, "object")) return { hint: `write \`json(${source(cx, text.ast)})\`` };
  return { hint: `write \`string(${source(cx, text.ast)})\`, or \`\${…}\` in mixed text` };
}
