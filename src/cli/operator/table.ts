import { cellsOf } from "../../core/cells.js";

/** Columns two spaces apart, as wide as their widest cell; those without a word are left out, the last is cut where the terminal ends. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.flatMap((_, column) => (rows.some((row) => row[column] !== "") ? [column] : []));
  const all = [head.map((name) => name.toUpperCase()), ...rows].map((row) => used.map((column) => measured(row[column] ?? "")));
  const widths = used.map((_, column) => all.reduce((most, row) => Math.max(most, row[column]?.columns ?? 0), 0));
  const last = used.length - 1;
  const room = process.stdout.isTTY ? Math.max(process.stdout.columns - widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0), LEAST) : Infinity;
  return all
    .map((row) => {
      const cells = row.map(({ text, columns }, column) => (column === last ? (columns > room ? cut(text, room) : text) : text + " ".repeat((widths[column] ?? 0) - columns)));
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join("");
}

const GAP = "  ";
/** Columns that are left to the last cell on a narrow terminal. */
const LEAST = 16;

function measured(text: string): { readonly text: string; readonly columns: number } {
  // Spaces at the start are the depth in a tree.
  const depth = /^ */.exec(text)?.[0] ?? "";
  const cells = cellsOf(depth + text.slice(depth.length).replaceAll(/\s+/g, " "));
  return { text: cells.map((cell) => cell.text).join(""), columns: cells.reduce((sum, { columns }) => sum + columns, 0) };
}

/** The first columns of a text, with a sign that there is more. No control character of the text is left in it. */
export function cut(text: string, columns: number): string {
  let room = columns;
  let shown = "";
  for (const cell of cellsOf(text)) {
    room -= cell.columns;
    if (room < 1) return room === 0 && shown.length + cell.text.length === text.length ? shown + cell.text : `${shown}…`;
    shown += cell.text;
  }
  return shown;
}
