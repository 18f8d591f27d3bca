import type { Code } from "../../core/diagnostic.js";
import type { ExprAst } from "../../core/expression.js";
import { NEVER, resolve, type Type } from "../../core/type.js";
import { NOTHING, type Facts } from "../facts.js";
import type { Scope } from "../scope.js";
import { basesOf, withoutNull } from "./base.js";
import { defaultFor } from "./default.js";

/** A checked node: the tree that is evaluated, its type, and what its outcome says (for booleans). */
export interface Typed {
  readonly ast: ExprAst;
  readonly type: Type;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

/** A checked node whose outcome says nothing about what is there. */
export const typed = (ast: ExprAst, type: Type): Typed => ({ ast, type, whenTrue: NOTHING, whenFalse: NOTHING });

/** One run of the checker over one expression. */
export interface Checking {
  readonly text: string;
  check(ast: ExprAst, scope: Scope): Typed;
  /** Notes that a path was read, unless its root is a variable of a comprehension. */
  read(path: readonly string[], ast: ExprAst): void;
  /** Names of comprehensions around; they are no root variables. */
  within<T>(name: string, work: () => T): T;
  report(place: ExprAst | Place, code: Code, message: string, more?: { readonly hint?: string; readonly fix?: string }): void;
  /** How many problems there are so far: tells whether a part failed. */
  count(): number;
  /** Paths that were said to be absent: each is said once, and what follows from it not at all. */
  readonly assumed: Set<string>;
  /** Reads that stand beside `== null` or `!= null`. */
  readonly nullTests: Map<ExprAst, "==" | "!=">;
  /** Whether something inside a node has been reported: what follows from it is not said too. */
  failed(ast: ExprAst): boolean;
}
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The source of a node, shortened for messages. */
export function source(cx: Checking, ast: ExprAst): string {
  const text = cx.text.slice(ast.at[0], ast.at[1]).replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 58)} …` : text;
}

/** The type of a value that is used as it is: an optional must be given a value first. */
export function plain(cx: Checking, value: Typed): Type {
  const type = resolve(value.type);
  if (type.kind !== "optional") return value.type;
  const fallback = defaultFor(type.of);
  const text = source(cx, value.ast);
  cx.report(value.ast, "FC4104", `\`${text}\` may be absent, and a value is needed here`, {
    hint: `write \`${text}.orValue(${fallback ?? "…"})\``,
    ...(fallback === null ? {} : { fix: `${cx.text.slice(value.ast.at[0], value.ast.at[1])}.orValue(${fallback})` }),
  });
  return type.of;
}

/** Like `plain`, where the value itself is looked at: `any` and null cannot be. */
export function known(cx: Checking, value: Typed): Type {
  const type = plain(cx, value);
  const bases = basesOf(type);
  if (bases.has("any")) {
    untyped(cx, value.ast);
    return NEVER;
  }
  if (bases.has("null") && bases.size > 1) {
    const text = source(cx, value.ast);
    cx.report(value.ast, "FC4105", `\`${text}\` may be null, and a value is needed here`, { hint: `test it first: \`${text} != null ? … : …\`` });
    return withoutNull(type);
  }
  return type;
}

export function untyped(cx: Checking, ast: ExprAst): void {
  cx.report(ast, "FC4102", `\`${source(cx, ast)}\` has no declared type, so it cannot be read`, {
    hint: "declare a type where it comes from (`input`, `output` or the topic's `message`); as a whole it can be passed on, or turned into text with `json()`",
  });
}
