import type { Expr } from "../../core/expression.js";
import { BOOLEAN, NEVER, resolve, type Type } from "../../core/type.js";
import { assignable } from "../../core/typing/assign.js";
import { describeType } from "../../core/typing/print.js";
import { isOnly } from "../../expr/check/base.js";
import { comparison } from "../../expr/check/condition.js";
import { checkExpr } from "../../expr/check.js";
import { ANYTHING } from "../../expr/facts.js";
import { parseExpr } from "../../expr/parse.js";
import type { ReadRange, Scope } from "../../expr/scope.js";
import { textSpan } from "../parse/fix-inside.js";
import type { Problems } from "../problems.js";
import { printYamlScalar } from "../parse/print-scalar.js";
import type { ScalarNode } from "../parse/tree.js";
import type { CelNode } from "../shape/ast.js";
import type { Read } from "./checked.js";

/** Where expressions are checked: problems go to one list, what they read to another. */
export interface Place {
  readonly problems: Problems;
  readonly reads: Read[];
  readonly scope: Scope;
}

export interface CheckedCel {
  readonly expr: Expr;
  /** `never` after a problem. */
  readonly type: Type;
  readonly whenTrue: ReadonlySet<string>;
  readonly whenFalse: ReadonlySet<string>;
}

const WENT_WRONG = { type: NEVER, whenTrue: ANYTHING, whenFalse: ANYTHING } as const;

/** A key that holds bare CEL. `${…}` around the whole is accepted (`fmt` removes it). */
export function checkCel(place: Place, node: CelNode): CheckedCel {
  const parsed = parseExpr(node.text);
  if (!parsed.ok) {
    syntaxProblem(place, node, parsed.problem);
    return { expr: { text: node.text, ast: { op: "lit", value: null, at: [0, 0] } }, ...WENT_WRONG };
  }
  const checked = checkExpr(parsed.expr, place.scope);
  const failed = place.problems.inText(node, checked.problems);
  noteReads(place, node, checked.reads);
  if (failed && checked.type.kind === "never") return { expr: checked.expr, ...WENT_WRONG };
  return { expr: checked.expr, type: failed ? NEVER : checked.type, whenTrue: checked.whenTrue, whenFalse: checked.whenFalse };
}

/** `key` as it is written, `wanted` with an article: "true or false". */
export function checkKey(place: Place, node: CelNode, key: string, to: Type, wanted: string): CheckedCel {
  const checked = checkCel(place, node);
  const type = resolve(checked.type);
  if (type.kind === "optional") {
    place.problems.report("FC4005", node.span, `\`${key}\` needs ${wanted}, and this may be absent`, { hint: to !== BOOLEAN ? "give it a value with `.orValue(…)`" : isOnly(type.of, "boolean") ? "give it a value with `.orValue(false)`" : "give it a value with `.orValue(…)`, and compare that" });
    return { ...checked, ...WENT_WRONG };
  }
  if (type.kind !== "never" && (type.kind === "any" ? type.dynamic !== true : assignable(type, to) !== null)) {
    place.problems.report("FC4005", node.span, `\`${key}\` needs ${wanted}, and this is ${type.kind === "any" ? "of no declared type" : describeType(checked.type)}`, wrongKey(node, checked, to));
    return { ...checked, ...WENT_WRONG };
  }
  return checked;
}

function wrongKey(node: CelNode, { expr: { text, ast }, type }: CheckedCel, to: Type): { readonly hint?: string } {
  if (node.comment !== undefined) return { hint: "` #` begins a comment: put quotes around the whole value if the expression goes on behind it" };
  if (to.kind === "list" && resolve(type).kind === "object") return { hint: `its names are a list: \`${text.trim()}.map(name, name)\`` };
  const hint = to === BOOLEAN ? comparison(type, ast.op === "cond" ? `(${text.trim()})` : text.trim()) : undefined;
  return hint === undefined ? {} : { hint };
}

export const checkCondition = (place: Place, node: CelNode, key: string): CheckedCel => checkKey(place, node, key, BOOLEAN, "true or false");

export function noteReads(place: Place, node: ScalarNode, reads: readonly ReadRange[]): void {
  for (const { path, start, end } of reads) {
    const span = textSpan(node, start, end);
    place.reads.push({ path, span });
    const [root, ...rest] = path;
    if (rest.length === 0 && (root === "steps" || root === "info" || root === "branches")) {
      place.problems.report("FC4013", span, `\`${root}\` is no value of its own`, { hint: `read one of its fields: \`${root}.name\`` });
    }
  }
}

/** An expression that lost its end to a ` # comment` is told about that. */
function syntaxProblem(place: Place, node: CelNode, problem: Parameters<Problems["inText"]>[1][number]): void {
  const { comment } = node;
  if (comment !== undefined) {
    const span = { ...node.span, end: comment.span.end };
    const whole = printYamlScalar(`${node.text}${" ".repeat(comment.span.start - node.span.end)}${comment.text}`);
    place.problems.report("FC1013", span, "` #` begins a comment, so the rest of this expression is not read", { hint: `put quotes around the whole value, \`${whole}\`, or put the comment on a line of its own`, fix: { span, text: whole } });
    return;
  }
  place.problems.inText(node, [problem]);
}
