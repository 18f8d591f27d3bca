import type { TextProblem } from "../../core/diagnostic.js";

/** A text cut at its holes; offsets count from the text's first character. */
export type Piece =
  | { readonly piece: "text"; readonly text: string }
  /** `inside` is what stands between `${` and `}`, trimmed; `at` is where it starts; `start`, `end` include the braces. */
  | { readonly piece: "hole"; readonly inside: string; readonly at: number; readonly start: number; readonly end: number };

/** Cuts a text at `${…}`. `$${` stands for the characters `${`. A hole may hold braces and strings that hold braces. */
export function cutHoles(text: string): { readonly pieces: readonly Piece[]; readonly problem: TextProblem | null } {
  const pieces: Piece[] = [];
  let plain = "";
  let at = 0;
  for (let open = text.indexOf("${"); open >= 0; open = text.indexOf("${", at)) {
    if (open > at && text[open - 1] === "$") {
      plain += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    plain += text.slice(at, open);
    const close = closingBrace(text, open + 2);
    if (close < 0) return { pieces, problem: notClosed(text, open) };
    if (plain !== "") pieces.push({ piece: "text", text: plain });
    plain = "";
    const raw = text.slice(open + 2, close);
    const inside = raw.trim();
    pieces.push({ piece: "hole", inside, at: open + 2 + raw.indexOf(inside), start: open, end: close + 1 });
    at = close + 1;
  }
  plain += text.slice(at);
  if (plain !== "") pieces.push({ piece: "text", text: plain });
  return { pieces, problem: null };
}

/** Index of the `}` that ends a hole whose inside starts at `from`, or -1. */
function closingBrace(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === "'" || char === '"') {
      at = stringEnd(text, at);
      if (at < 0) return -1;
      continue;
    }
    if (char === "}") {
      if (depth === 0) return at;
      depth--;
    }
    if (char === "{") depth++;
    at++;
  }
  return -1;
}

/** Behind the string literal that starts at `from`, or -1. Raw strings (`r'…'`) take no escapes but a backslash hides the next character for the parser too. */
function stringEnd(text: string, from: number): number {
  const quote = text.charAt(from);
  const mark = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  for (let at = from + mark.length; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(mark, at)) return at + mark.length;
  }
  return -1;
}

function notClosed(text: string, open: number): TextProblem {
  const line = text.indexOf("\n", open);
  const end = line < 0 ? text.length : line;
  const quotes = text.slice(open + 2).match(/["']/g)?.length ?? 0;
  return {
    code: "FC1101",
    message: `The hole \`${text.slice(open, Math.min(end, open + 40))}\` is not closed: \`}\` is missing`,
    start: open,
    end: Math.max(end, open + 2),
    hint: quotes % 2 === 1 ? "a quote inside the hole is not closed either; write `$${` for the characters `${` themselves" : "close it with `}`, or write `$${` for the characters `${` themselves",
  };
}
