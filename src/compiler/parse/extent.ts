/** Where a value that was not quoted was meant to end. `closed`: every bracket that it opens is closed in it. */
export interface Extent {
  readonly end: number;
  readonly closed: boolean;
}

const CLOSER: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const NEXT_KEY = /\s*(?:[\w$./@-]+|"[^"\n]*"|'[^'\n]*')\s*:(?=[\s"'[{,}\]]|$)/y;
const NEXT_END = /\s*[}\]]/y;
const NEW_ITEM = /\s*(?:- |[\w.-]+:(?:\s|$))/y;

/**
 * Reads from `start` as a person does: brackets nest, quoted text counts as one thing. Inside a flow collection the
 * value ends at the closing bracket, or at a comma with a key behind it (in a list: at any comma); elsewhere with its line.
 * `hash` says whether ` #` begins a comment.
 */
export function intendedEnd(text: string, start: number, inside: "block" | "map" | "list", hash: "comment" | "text"): Extent {
  const open: string[] = [];
  let at = start;
  const done = (end: number): Extent => {
    let to = end;
    while (to > start && /\s/.test(text[to - 1] ?? "")) to--;
    return { end: to, closed: open.length === 0 };
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "\n") {
      if (inside === "block" || open.length === 0 || matches(NEW_ITEM, text, at + 1)) return done(at);
    } else if (char === "#" && hash === "comment" && /\s/.test(text[at - 1] ?? "")) {
      if (inside === "block" || open.length === 0) return done(at);
    } else if (char === '"' || char === "'") {
      at = closingQuote(text, at, start) ?? at;
    } else if (char in CLOSER) {
      open.push(CLOSER[char] ?? "");
    } else if (char === ")" || char === "]" || char === "}") {
      if (open.at(-1) === char) open.pop();
      else if (inside !== "block" && char !== ")") return done(at);
    } else if (char === "," && open.length === 0 && inside !== "block") {
      if (inside === "list" || matches(NEXT_KEY, text, at + 1) || matches(NEXT_END, text, at + 1)) return done(at);
    }
    at++;
  }
  return done(at);
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** A quote opens behind anything but a word (`it's`), and closes on its line. */
function closingQuote(text: string, at: number, start: number): number | null {
  if (at > start && /[\p{L}\p{N}_]/u.test(text[at - 1] ?? "")) return null;
  const quote = text[at];
  for (let to = at + 1; to < text.length && text[to] !== "\n"; to++) {
    if (text[to] === "\\") to++;
    else if (text[to] === quote) return to;
  }
  return null;
}
