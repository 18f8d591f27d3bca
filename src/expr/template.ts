import type { TextProblem } from "../core/diagnostic.js";
import type { Data, Expr } from "../core/expression.js";
import { NEVER, STRING, type Type } from "../core/type.js";
import { checkHole, checkTextHole, findings, misplacedPromptParts, misplacedSecret, secretOf, type Hole } from "./hole.js";
import type { ReadRange, Scope } from "./scope.js";
import { cutHoles } from "./syntax/holes.js";

export interface CheckedTemplate {
  readonly data: Data;
  /** The hole's own type where the text is one hole (it may be optional), else string or the constant text. */
  readonly type: Type;
  readonly problems: readonly TextProblem[];
  readonly reads: readonly ReadRange[];
}

/** A text that may hold `${…}`: in `with`, `value`, `init`, messages and everywhere but bare CEL keys. */
export function checkTemplate(text: string, scope: Scope): CheckedTemplate {
  const { pieces, problem } = cutHoles(text);
  const found = findings();
  if (problem !== null) return { data: { data: "literal", value: text }, type: NEVER, problems: [problem], reads: [] };
  const isPromptPart = misplacedPromptParts(found);
  const isMisplaced = (hole: Hole): boolean => {
    if (isPromptPart(hole)) return true;
    if (secretOf(hole.inside) === null) return false;
    found.problems.push(misplacedSecret(hole));
    return true;
  };
  const [only] = pieces;
  if (pieces.length === 1 && only?.piece === "hole") {
    const checked = isMisplaced(only) ? null : checkHole(only, scope, found);
    if (checked === null) return { data: { data: "literal", value: null }, type: NEVER, ...found };
    return { data: { data: "hole", expr: checked.expr }, type: found.problems.length > 0 ? NEVER : checked.type, ...found };
  }
  const parts: (string | Expr)[] = [];
  for (const piece of pieces) {
    if (piece.piece === "text") parts.push(piece.text);
    else {
      const expr = isMisplaced(piece) ? null : checkTextHole(piece, scope, found);
      if (expr !== null) parts.push(expr);
    }
  }
  if (parts.every((part) => typeof part === "string")) {
    const value = parts.join("");
    return { data: { data: "literal", value }, type: found.problems.length > 0 ? STRING : { kind: "const", value }, ...found };
  }
  return { data: { data: "text", parts }, type: STRING, ...found };
}
