import { cellsOf, isPlain } from "../../core/cells.js";

/**
 * The text in exactly so many columns: cut with `…`, or filled up. Control characters of others' text do not come through.
 * Columns are those of the terminal that takes most: a line that is too long for one breaks its screen, a short one does not.
 */
export function fit(text: string, columns: number, align: "left" | "right" = "left"): string {
  if (columns <= 0) return "";
  if (isPlain(text)) {
    const whole = text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
    return align === "left" ? whole.padEnd(columns) : whole.padStart(columns);
  }
  let used = 0;
  let shown = "";
  let whole = true;
  for (const cell of cellsOf(flat(text, columns))) {
    if (used + cell.most > columns) {
      whole = false;
      break;
    }
    shown += cell.text;
    used += cell.most;
  }
  if (!whole) {
    [shown, used] = cutTo(shown, columns - 1);
    shown += "…";
    used += 1;
  }
  const fill = " ".repeat(columns - used);
  return align === "left" ? shown + fill : fill + shown;
}

export const columnsOf = (text: string): number => (isPlain(text) ? text.length : cellsOf(text).reduce((sum, { most }) => sum + most, 0));

/** What stands at the end of a text, in at most so many columns. */
export function endOf(text: string, columns: number): string {
  let used = 0;
  let shown = "";
  for (const cell of cellsOf(text.slice(-columns * 8)).toReversed()) {
    used += cell.most;
    if (used > columns) break;
    shown = cell.text + shown;
  }
  return shown;
}

/** Lines of at most so many columns; line ends in the text stay. */
export function wrap(text: string, columns: number, most: number): readonly string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    let shown = "";
    let used = 0;
    for (const cell of cellsOf(line)) {
      if (used + cell.most > columns && used > 0) {
        lines.push(shown);
        [shown, used] = ["", 0];
      }
      shown += cell.text;
      used += cell.most;
      if (lines.length >= most) return [...lines, "…"];
    }
    lines.push(shown);
    if (lines.length >= most) return [...lines, "…"];
  }
  return lines;
}

/** A line has no line ends; and of a long text no more is looked at than can be shown. */
const flat = (text: string, columns: number): string => text.slice(0, columns * 8 + 8).replaceAll(/\s*[\r\n]+\s*/g, " ");

function cutTo(text: string, columns: number): [string, number] {
  let used = 0;
  let shown = "";
  for (const cell of cellsOf(text)) {
    if (used + cell.most > columns) break;
    shown += cell.text;
    used += cell.most;
  }
  return [shown, used];
}
