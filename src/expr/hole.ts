import type { TextProblem } from "../core/diagnostic.js";
import type { Expr, SecretRef } from "../core/expression.js";
import { describeType } from "../core/typing/print.js";
import { resolve, type Type } from "../core/type.js";
import { basesOf } from "./check/base.js";
import { checkExpr, type CheckedExpr } from "./check.js";
import { parseCel } from "./parse.js";
import type { ReadRange, Scope } from "./scope.js";

/** What was found in a text: offsets count from its first character. */
export interface Findings {
  readonly problems: TextProblem[];
  readonly reads: ReadRange[];
}
export interface Hole {
  readonly inside: string;
  /** Where `inside` starts in the text. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export const findings = (): Findings => ({ problems: [], reads: [] });

/** `${{ x }}`, as other tools write it. */
const DOUBLE_BRACES = /^\{\s*([^{}]+?)\s*\}$/;

/** Parses and checks one hole; null where it does not parse. */
export function checkHole(hole: Hole, scope: Scope, into: Findings): CheckedExpr | null {
  const parsed = parseCel(hole.inside);
  if (!parsed.ok) {
    const [, single] = DOUBLE_BRACES.exec(hole.inside) ?? [];
    if (single !== undefined) into.problems.push({ code: "FC1100", start: hole.start, end: hole.end, message: "An expression stands in one pair of braces", hint: `write \`\${${single}}\``, ...(/^[\w.?]+$/.test(single) ? { fix: `\${${single}}` } : {}) });
    else into.problems.push(hole.inside === "" ? { ...parsed.problem, start: hole.start, end: hole.end } : shift(parsed.problem, hole.at));
    return null;
  }
  const checked = checkExpr(parsed.expr, scope);
  into.problems.push(...checked.problems.map((problem) => shift(problem, hole.at)));
  into.reads.push(...checked.reads.map((read) => shift(read, hole.at)));
  return checked;
}

export const shift = <T extends { readonly start: number; readonly end: number }>(found: T, by: number): T => ({ ...found, start: found.start + by, end: found.end + by });

/** A hole in mixed text: what it gives must have one plain form as text. */
export function checkTextHole(hole: Hole, scope: Scope, into: Findings): Expr | null {
  const before = into.problems.length;
  const checked = checkHole(hole, scope, into);
  if (checked === null) return null;
  if (into.problems.length === before) {
    const problem = asText(checked.type, hole);
    if (problem !== null) into.problems.push(problem);
  }
  return checked.expr;
}

function asText(type: Type, { inside, start, end }: Hole): TextProblem | null {
  const at = resolve(type);
  if (at.kind === "optional") {
    return { code: "FC4104", start, end, message: `\`${inside}\` may be absent, and text needs a value`, hint: `write \`\${${inside}.orValue(…)}\``, ...(isText(at.of) ? { fix: `\${${inside}.orValue('')}` } : {}) };
  }
  const bases = basesOf(at);
  if (bases.has("any")) return { code: "FC4108", start, end, message: `\`${inside}\` has no declared type, so it has no certain form as text`, hint: `write \`\${json(${inside})}\``, fix: `\${json(${inside})}` };
  if (bases.has("list") || bases.has("object")) {
    return { code: "FC4108", start, end, message: `\`${inside}\` is ${describeType(at)}, which has no form as text of its own`, hint: `write \`\${json(${inside})}\`${bases.has("list") ? `, or \`\${${inside}.join(', ')}\`` : ""}`, fix: `\${json(${inside})}` };
  }
  if (bases.has("null")) return { code: "FC4105", start, end, message: `\`${inside}\` may be null, and text needs a value`, hint: `write \`\${${inside} != null ? ${inside} : ''}\`` };
  return null;
}
const isText = (type: Type): boolean => basesOf(type).size === 1 && basesOf(type).has("string");

const SECRET = /^(env|file|vault):(.*)$/s;

/** `env:NAME`, `file:PATH`, `vault:path#key`; null for an expression. */
export function secretOf(inside: string): SecretRef | null {
  const [, kind, name] = SECRET.exec(inside) ?? [];
  return (kind === "env" || kind === "file" || kind === "vault") && name !== undefined ? { secret: kind, name: name.trim() } : null;
}

export const misplacedSecret = ({ inside, start, end }: Hole): TextProblem => ({
  code: "FC1108",
  start,
  end,
  message: `The secret \`${inside}\` cannot stand here: what stands here goes into runs, journals and logs`,
  hint: "secrets may stand in connection fields only: url, headers, api_key, base_url",
});

const PROMPT_WORD = /^(for\s+\w+\s+in\b|if\s|if\(|else$|end$)/;

/**
 * For texts in which `${for …}` and its kin do not work: whether a hole is such a part or stands inside one.
 * The whole, up to its `${end}`, is one problem.
 */
export function misplacedPromptParts(into: Findings): (hole: Hole) => boolean {
  let depth = 0;
  return (hole) => {
    const word = PROMPT_WORD.exec(hole.inside)?.[1];
    if (word === undefined) return depth > 0;
    if (depth === 0) into.problems.push(misplacedPromptPart(hole));
    if (word === "end") depth = Math.max(0, depth - 1);
    else if (word !== "else") depth++;
    return true;
  };
}

const misplacedPromptPart = ({ inside, start, end }: Hole): TextProblem => ({
  code: "FC1107",
  start,
  end,
  message: `\`\${${inside}}\` works in instructions, questions and prompt files only`,
  hint: "here write a condition as `test ? a : b`, and a list as `xs.map(x, …).join(', ')`",
});
