import type { Json } from "./json.js";

/** CEL after parsing and checking: plain JSON, kept in the plan. `at` is [start, end) in the expression's text. */
export type ExprAst = ExprNode & { readonly at: readonly [number, number] };

export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in";

export type ExprNode =
  | { readonly op: "lit"; readonly value: string | number | boolean | null }
  | { readonly op: "var"; readonly name: string }
  /** `of.name`. `opt`: written `.?`, or a read of a map type, or behind an optional: absent gives the empty optional. */
  | { readonly op: "get"; readonly of: ExprAst; readonly name: string; readonly opt?: true }
  | { readonly op: "index"; readonly of: ExprAst; readonly index: ExprAst; readonly opt?: true }
  | { readonly op: "has"; readonly of: ExprAst }
  /** A function or a method: `f(x, y)` and `x.f(y)` are both args [x, y]. */
  | { readonly op: "call"; readonly fn: string; readonly args: readonly ExprAst[] }
  /** map filter all exists exists_one optMap … : `body` is evaluated with `as` bound to each element. */
  | { readonly op: "each"; readonly fn: string; readonly of: ExprAst; readonly as: string; readonly body: ExprAst; readonly body2?: ExprAst }
  | { readonly op: "list"; readonly items: readonly ExprAst[] }
  | { readonly op: "map"; readonly entries: readonly (readonly [ExprAst, ExprAst])[] }
  | { readonly op: "cond"; readonly test: ExprAst; readonly then: ExprAst; readonly else: ExprAst }
  | { readonly op: "and"; readonly left: ExprAst; readonly right: ExprAst }
  | { readonly op: "or"; readonly left: ExprAst; readonly right: ExprAst }
  | { readonly op: "not"; readonly of: ExprAst }
  | { readonly op: "neg"; readonly of: ExprAst }
  | { readonly op: "bin"; readonly fn: BinaryOperator; readonly left: ExprAst; readonly right: ExprAst };

export interface Expr {
  readonly text: string;
  readonly ast: ExprAst;
}

/** Data with holes: what stands in `with`, `value`, `init`, messages. Evaluating it gives JSON. */
export type Data =
  | { readonly data: "literal"; readonly value: Json }
  /** A string that is one hole keeps its type; an empty optional omits the key it stands under. */
  | { readonly data: "hole"; readonly expr: Expr }
  | { readonly data: "text"; readonly parts: readonly (string | Expr)[] }
  | { readonly data: "list"; readonly items: readonly Data[] }
  | { readonly data: "object"; readonly fields: readonly (readonly [string, Data])[] };

/** Instructions, questions and prompt files: text with holes, `${for x in xs}…${end}` and `${if c}…${else}…${end}`. */
export type Prompt = readonly PromptPart[];
export type PromptPart =
  | string
  | { readonly part: "hole"; readonly expr: Expr }
  | { readonly part: "for"; readonly as: string; readonly over: Expr; readonly body: Prompt }
  | { readonly part: "if"; readonly test: Expr; readonly then: Prompt; readonly else: Prompt };

/** Where a secret is read when a connection is made. Its value is never in a plan, journal, log or trace. */
export interface SecretRef {
  readonly secret: "env" | "file" | "vault";
  readonly name: string;
}

/** A connection field (url, header, api_key): text, holes over `input` and `run`, and secrets. */
export type Connection = readonly (string | Expr | SecretRef)[];
