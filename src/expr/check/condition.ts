import type { ExprAst } from "../../core/expression.js";
import { describeType } from "../../core/typing/print.js";
import { join } from "../../core/typing/join.js";
import { BOOLEAN, NEVER, resolve, type Type } from "../../core/type.js";
import { accessPath, ANYTHING, both, either, known as facts, NOTHING, presence } from "../facts.js";
import { withPresent, type Scope } from "../scope.js";
import { checkGet } from "./access.js";
import { basesOf, isOnly, isSilent, type Base } from "./base.js";
import { known, source, type Checking, type Typed } from "./context.js";

type Node<Op extends ExprAst["op"]> = Extract<ExprAst, { op: Op }>;

/** Reports what is not true or false. */
export function needsBoolean(cx: Checking, typed: Typed): void {
  if (isOnly(typed.type, "boolean") && resolve(typed.type).kind !== "optional") return;
  if (cx.failed(typed.ast)) return;
  const type = known(cx, typed);
  if (isOnly(type, "boolean")) return;
  const text = source(cx, typed.ast);
  const hint = comparison(type, text);
  cx.report(typed.ast, "FC4107", `\`${text}\` is ${describeType(type)}, and true or false is needed here`, hint === undefined ? {} : { hint });
}

/** How a value of that type is made a condition. */
export const comparison = (type: Type, text: string): string | undefined =>
  isOnly(type, "string") ? `compare it: \`${text} != ''\`` : isOnly(type, "number") ? `compare it: \`${text} != 0\`` : isOnly(type, "list") ? `ask \`size(${text}) > 0\`` : undefined;

/** `has(a.b.c)`: false when any part is absent, and when it is true every part is there. */
export function checkHas(cx: Checking, ast: Node<"has">, scope: Scope): Typed {
  const of = ast.of.op === "get" ? checkGet(cx, ast.of, scope, "loose") : cx.check(ast.of, scope);
  const path = accessPath(ast.of);
  return { ast: { ...ast, of: of.ast }, type: BOOLEAN, whenTrue: cx.failed(ast) ? ANYTHING : path === null ? NOTHING : presence(path), whenFalse: NOTHING };
}

export function checkNot(cx: Checking, ast: Node<"not">, scope: Scope): Typed {
  const of = cx.check(ast.of, scope);
  needsBoolean(cx, of);
  return { ast: { ...ast, of: of.ast }, type: BOOLEAN, whenTrue: of.whenFalse, whenFalse: of.whenTrue };
}

export function checkAnd(cx: Checking, ast: Node<"and">, scope: Scope): Typed {
  const left = cx.check(ast.left, scope);
  const right = cx.check(ast.right, withPresent(scope, facts(left.whenTrue)));
  needsBoolean(cx, left);
  needsBoolean(cx, right);
  return {
    ast: { ...ast, left: left.ast, right: right.ast },
    type: BOOLEAN,
    whenTrue: both(left.whenTrue, right.whenTrue),
    whenFalse: either(left.whenFalse, both(left.whenTrue, right.whenFalse)),
  };
}

export function checkOr(cx: Checking, ast: Node<"or">, scope: Scope): Typed {
  const left = cx.check(ast.left, scope);
  const right = cx.check(ast.right, withPresent(scope, facts(left.whenFalse)));
  if (isDefault(left, right)) {
    if (!cx.failed(ast)) cx.report(ast, "FC4107", "`||` joins conditions, and these are values", { hint: "for a value that may be absent write `a.?b.orValue(c)`, for one that may be null `a != null ? a : b`" });
  } else {
    needsBoolean(cx, left);
    needsBoolean(cx, right);
  }
  return {
    ast: { ...ast, left: left.ast, right: right.ast },
    type: BOOLEAN,
    whenTrue: either(left.whenTrue, both(left.whenFalse, right.whenTrue)),
    whenFalse: both(left.whenFalse, right.whenFalse),
  };
}

/** `a || 'x'`, as other languages write a default. */
const isDefault = (left: Typed, right: Typed): boolean => [left, right].every(({ type }) => !isSilent(type) && !basesOf(type).has("boolean"));

export function checkConditional(cx: Checking, ast: Node<"cond">, scope: Scope): Typed {
  const test = cx.check(ast.test, scope);
  needsBoolean(cx, test);
  const yes = cx.check(ast.then, withPresent(scope, facts(test.whenTrue)));
  const no = cx.check(ast.else, withPresent(scope, facts(test.whenFalse)));
  return {
    ast: { ...ast, test: test.ast, then: yes.ast, else: no.ast },
    type: joined(cx, ast, yes, no),
    whenTrue: either(both(test.whenTrue, yes.whenTrue), both(test.whenFalse, no.whenTrue)),
    whenFalse: either(both(test.whenTrue, yes.whenFalse), both(test.whenFalse, no.whenFalse)),
  };
}

function joined(cx: Checking, ast: ExprAst, yes: Typed, no: Typed): Type {
  if (canJoin(yes.type, no.type)) return join(yes.type, no.type);
  const [a, b] = [valueOf(yes.type), valueOf(no.type)];
  const toText = isOnly(a, "string") ? no.ast : isOnly(b, "string") ? yes.ast : null;
  cx.report(ast, "FC4103", `The two results have different types: \`${source(cx, yes.ast)}\` is ${describeType(a)}, \`${source(cx, no.ast)}\` is ${describeType(b)}`, {
    hint: toText === null ? "give both the same type" : `give both the same type, for instance \`string(${source(cx, toText)})\``,
  });
  return NEVER;
}

/** Objects of any shape join, lists join, null joins with everything; a text and a number do not. */
export function canJoin(a: Type, b: Type): boolean {
  const [left, right] = [basesOf(a), basesOf(b)];
  if (besideNull(left) === 0 || besideNull(right) === 0 || left.has("any") || right.has("any")) return true;
  for (const base of left) if (base !== "null" && right.has(base)) return true;
  return false;
}

const besideNull = (bases: ReadonlySet<Base>): number => bases.size - (bases.has("null") ? 1 : 0);

const valueOf = (type: Type): Type => {
  const at = resolve(type);
  return at.kind === "optional" ? at.of : type;
};
