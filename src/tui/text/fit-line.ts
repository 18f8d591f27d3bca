import { columnsOf, fit } from "./fit.js";
import type { Line, Part } from "./part.js";

/** The line in exactly so many columns. Everything that is drawn goes through here: no control character reaches the terminal. */
export function fitLine(line: Line, columns: number): Line {
  const parts: Part[] = [];
  let left = columns;
  for (const part of line) {
    if (left <= 0) break;
    const whole = fit(part.text, Math.min(columnsOf(part.text.slice(0, left * 8 + 8)), left));
    parts.push({ ...part, text: whole });
    left -= columnsOf(whole);
  }
  if (left > 0) parts.push({ text: " ".repeat(left) });
  return parts;
}

/** Two panes beside each other, with a rule between them. */
export function beside(left: readonly Line[], right: readonly Line[], columns: { readonly left: number; readonly right: number }, height: number): readonly Line[] {
  return Array.from({ length: height }, (_, index) => [...fitLine(left[index] ?? [], columns.left), { text: "│", dim: true }, ...fitLine(right[index] ?? [], columns.right)]);
}

/** Words at both ends of a line; the left ones give way. */
export function spread(left: Line, right: Line, columns: number): Line {
  const room = columns - right.reduce((sum, { text }) => sum + columnsOf(text), 0);
  return room < 8 ? fitLine(left, columns) : [...fitLine(left, room), ...fitLine(right, columns - room)];
}
