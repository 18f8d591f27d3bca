import type { Problem } from "./problem.js";

/** Bytes are not known here: the limit counts UTF-16 units, so it is never stricter than 1 MB of UTF-8. */
export const MAX_LENGTH = 1_048_576;
const UNREADABLE = /(?![\t\n\r\u0085])\p{Cc}|[\ufffd\ufffe\uffff]|\r(?!\n)|(?<!^)\ufeff/u;

/** What makes a file no YAML text at all. */
export function checkText(text: string): Problem | null {
  if (text.length > MAX_LENGTH) {
    return { code: "FC1002", message: "the file is larger than 1 MB", start: 0, end: 0, hint: "split it into several files and import them with `use`" };
  }
  const bad = UNREADABLE.exec(text);
  if (!bad) return null;
  const char = bad[0];
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const what =
    char === "\ufffd" ? "the file is not UTF-8 text here"
    : char === "\ufeff" ? "a byte order mark stands in the middle of the file"
    : char === "\r" ? "a line ends with a carriage return alone"
    : `the control character U+${code} stands here`;
  const hint = char === "\ufffd" ? "save the file as UTF-8" : char === "\r" ? "end lines with a line feed" : "remove it, or write it as an escape in double quotes";
  return { code: "FC1001", message: what, start: bad.index, end: bad.index + 1, hint };
}
