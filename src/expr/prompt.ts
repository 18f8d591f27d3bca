import type { TextProblem } from "../core/diagnostic.js";
import type { Prompt, PromptPart } from "../core/expression.js";
import { describeType } from "../core/typing/print.js";
import { elementType } from "../core/typing/property.js";
import { similar } from "../core/typing/similar.js";
import { NEVER, resolve, type Type } from "../core/type.js";
import { isOnly } from "./check/base.js";
import type { CheckedExpr } from "./check.js";
import { ANYTHING } from "./facts.js";
import { checkHole, checkTextHole, findings, misplacedSecret, secretOf, type Findings, type Hole } from "./hole.js";
import { withPresent, withVariable, type ReadRange, type Scope } from "./scope.js";
import { cutHoles, type Piece } from "./syntax/holes.js";

export interface CheckedPrompt {
  readonly prompt: Prompt;
  readonly problems: readonly TextProblem[];
  readonly reads: readonly ReadRange[];
}

/** Instructions, questions and prompt files: text with holes, `${for x in xs}…${end}`, `${if c}…${else}…${end}`. */
export function checkPrompt(text: string, scope: Scope): CheckedPrompt {
  const { pieces, problem } = cutHoles(text);
  const found = findings();
  if (problem !== null) return { prompt: [text], problems: [problem], reads: [] };
  const deep = tooDeep(pieces);
  if (deep !== null) return { prompt: [text], problems: [deep], reads: [] };
  const cursor: Cursor = { pieces: pieces.map((piece) => inOurWords(piece, found)), at: 0, found };
  const prompt: PromptPart[] = [];
  while (cursor.at < pieces.length) {
    prompt.push(...body(cursor, scope, false));
    const stray = pieces[cursor.at];
    if (stray?.piece === "hole") {
      found.problems.push({ code: "FC1109", start: stray.start, end: stray.end, message: `\`\${${stray.inside}}\` belongs to no \`\${for …}\` or \`\${if …}\`` });
      cursor.at++;
    }
  }
  return { prompt, problems: found.problems, reads: found.reads };
}

const MOST_LEVELS = 100;

function tooDeep(pieces: readonly Piece[]): TextProblem | null {
  let levels = 0;
  for (const piece of pieces) {
    if (piece.piece === "text") continue;
    if (/^(for|if)\b/.test(piece.inside)) levels++;
    else if (piece.inside === "end" || OTHER_END.test(piece.inside)) levels--;
    if (levels > MOST_LEVELS) return { code: "FC1103", start: piece.start, end: piece.end, message: `The prompt is nested too deeply: ${MOST_LEVELS} levels are allowed`, hint: "compute parts of it in `set` steps" };
  }
  return null;
}

const OTHER_END = /^(end\s*(if|for)|fi|done)$/;
const OTHER_ELSE = /^(elif|elsif|else\s*if)\b/;

/** `${endif}`, `${elif …}` and the like are reported here, so that what is around them is read rightly. */
function inOurWords(piece: Piece, { problems }: Findings): Piece {
  if (piece.piece === "text") return piece;
  const { inside, start, end: stop } = piece;
  if (OTHER_END.test(inside)) {
    problems.push({ code: "FC1109", start, end: stop, message: `\`\${${inside}}\` is written \`\${end}\``, fix: "${end}" });
    return { ...piece, inside: "end" };
  }
  if (!OTHER_ELSE.test(inside)) return piece;
  problems.push({ code: "FC1109", start, end: stop, message: "There is no `${else if …}`", hint: "write `${else}${if …}…${end}${end}`" });
  return { piece: "text", text: "" };
}

/** `${edn}` where something is open and nothing is called so: reported here, and taken for what was meant. */
function closing<P extends Hole>(piece: P, { vars }: Scope, { problems }: Findings): P {
  const { inside, start, end: stop } = piece;
  const meant = /^\w+$/.test(inside) && !vars.has(inside) ? similar(inside, ["end", "else"]) : null;
  if (meant === null) return piece;
  problems.push({ code: "FC1109", start, end: stop, message: `\`\${${inside}}\` is written \`\${${meant}}\``, fix: `\${${meant}}` });
  return { ...piece, inside: meant };
}

interface Cursor {
  readonly pieces: Piece[];
  at: number;
  readonly found: Findings;
}

/** Parts up to an `else`, an `end` or the text's end; the cursor stays on that hole. */
function body(cursor: Cursor, scope: Scope, open = true): Prompt {
  const parts: PromptPart[] = [];
  for (let piece = cursor.pieces[cursor.at]; piece !== undefined; piece = cursor.pieces[cursor.at]) {
    if (open && piece.piece === "hole") cursor.pieces[cursor.at] = piece = closing(piece, scope, cursor.found);
    if (piece.piece === "text") parts.push(piece.text);
    else if (piece.inside === "end" || piece.inside === "else") return parts;
    else {
      const part = hole(cursor, piece, scope);
      if (part !== null) parts.push(part);
    }
    cursor.at++;
  }
  return parts;
}

function hole(cursor: Cursor, piece: Hole, scope: Scope): PromptPart | null {
  const { found } = cursor;
  const [loop, name = "", over = ""] = /^for\s+([A-Za-z_]\w*)\s+in\s+(.*)$/s.exec(piece.inside) ?? [];
  if (loop !== undefined) return forPart(cursor, piece, name, over, scope);
  const [branch, test = ""] = /^if\b(.*)$/s.exec(piece.inside) ?? [];
  if (branch !== undefined) return ifPart(cursor, piece, test, scope);
  // No expression has two words side by side: `fro x in xs`, `foreach x in xs`.
  if (/^(for\b|[a-z]+\s+[a-z_]\w*\s+in\s)/i.test(piece.inside)) {
    found.problems.push({ code: "FC1109", start: piece.start, end: piece.end, message: "A loop in a prompt is written `${for x in xs}…${end}`" });
    skip(cursor, scope);
    return null;
  }
  if (secretOf(piece.inside) !== null) {
    found.problems.push(misplacedSecret(piece));
    return null;
  }
  const expr = checkTextHole(piece, scope, found);
  return expr === null ? null : { part: "hole", expr };
}

function forPart(cursor: Cursor, piece: Hole, name: string, over: string, scope: Scope): PromptPart | null {
  const checked = checkHole(inner(piece, over), scope, cursor.found);
  const items = checked === null ? NEVER : listItems(checked, piece, cursor.found);
  cursor.at++;
  const outer = cursor.found.reads.length;
  const inside = body(cursor, withVariable(scope, name, items));
  end(cursor, piece, "for", withVariable(scope, name, items));
  // The name that it binds is no read of the surrounding scope.
  cursor.found.reads.push(...cursor.found.reads.splice(outer).filter(({ path: [root] }) => root !== name));
  return checked === null ? null : { part: "for", as: name, over: checked.expr, body: inside };
}

function listItems(checked: CheckedExpr, piece: Hole, found: Findings): Type {
  const type = resolve(checked.type);
  const items = type.kind === "optional" ? null : elementType(type);
  if (items === null) {
    found.problems.push({ code: "FC4106", start: piece.start, end: piece.end, message: `\`for\` needs a list, but \`${checked.expr.text.trim()}\` ${type.kind === "optional" ? "may be absent" : `is ${describeType(type)}`}`, ...(type.kind === "optional" ? { hint: "write `.orValue([])` behind it" } : {}) });
  }
  return items ?? NEVER;
}

function ifPart(cursor: Cursor, piece: Hole, test: string, scope: Scope): PromptPart | null {
  const { found } = cursor;
  const checked = checkHole(inner(piece, test), scope, found);
  if (checked !== null && !isOnly(checked.type, "boolean")) {
    found.problems.push({ code: "FC4107", start: piece.start, end: piece.end, message: `\`${test.trim()}\` is ${describeType(checked.type)}, and true or false is needed here` });
  }
  cursor.at++;
  const sound = checked !== null && isOnly(checked.type, "boolean") && checked.type.kind !== "never";
  const yes = body(cursor, withPresent(scope, sound ? checked.whenTrue : ANYTHING));
  const stop = cursor.pieces[cursor.at];
  let no: Prompt = [];
  if (stop?.piece === "hole" && stop.inside === "else") {
    cursor.at++;
    no = body(cursor, withPresent(scope, sound ? checked.whenFalse : ANYTHING));
  }
  end(cursor, piece, "if", scope);
  return checked === null ? null : { part: "if", test: checked.expr, then: yes, else: no };
}

/** Goes to the `${end}` of a part. An `${else}` on the way is one too many: it is reported, what follows it is checked. */
function end(cursor: Cursor, open: Hole, word: "for" | "if", scope: Scope): void {
  for (let stop = cursor.pieces[cursor.at]; stop?.piece === "hole"; stop = cursor.pieces[cursor.at]) {
    if (stop.inside === "end") return;
    const message = word === "for" ? "`${for …}` has no `${else}`" : "`${if …}` has a second `${else}`";
    cursor.found.problems.push({ code: "FC1109", start: stop.start, end: stop.end, message });
    cursor.at++;
    body(cursor, scope);
  }
  cursor.found.problems.push({ code: "FC1109", start: open.start, end: open.end, message: `\`\${${word} …}\` is not closed: \`\${end}\` is missing` });
}

/** Passes over what a broken `for` holds: it is not known which names it would bind. */
function skip(cursor: Cursor, scope: Scope): void {
  const unheard: Cursor = { pieces: cursor.pieces, at: cursor.at + 1, found: findings() };
  body(unheard, scope);
  const stop = unheard.pieces[unheard.at];
  if (stop?.piece === "hole" && stop.inside === "end") cursor.at = unheard.at;
}

/** The expression within a hole such as `for x in xs`. */
const inner = (piece: Hole, expression: string): Hole => {
  const inside = expression.trim();
  return { ...piece, inside, at: piece.at + piece.inside.lastIndexOf(inside) };
};
