import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { placesOf, type Place, type Places, type Sources } from "./place.js";
import { cellsOf, printable, type Cell } from "../../core/cells.js";

/** Columns of source shown; longer lines are cut around the caret. */
const SHOWN = 100;

/**
 * What a person reads: place, code and sentence, the source line with a caret, related places, a hint;
 * at the end one line that counts. Colours only when asked for.
 */
export function formatText(diagnostics: readonly Diagnostic[], files: Sources, colour = false): string {
  const sources = withoutSecrets(diagnostics, files);
  const places = placesOf(sources);
  const paint = colour ? ansi : plain;
  const shown = diagnostics.map((diagnostic) => formatOne(diagnostic, sources, places, paint));
  return [...shown, summary(diagnostics, sources, paint)].join("\n");
}

/** A secret in plain text (FC5020) is marked, not shown again: this is printed into logs that many can read. */
function withoutSecrets(diagnostics: readonly Diagnostic[], sources: Sources): Sources {
  const secrets = diagnostics.filter(({ code }) => code === "FC5020");
  if (secrets.length === 0) return sources;
  const hidden = new Map(sources);
  for (const { span } of secrets) {
    const text = hidden.get(span.file) ?? "";
    hidden.set(span.file, text.slice(0, span.start) + text.slice(span.start, span.end).replaceAll(/[^\r\n]/g, "*") + text.slice(span.end));
  }
  return hidden;
}

type Paint = (style: "error" | "warning" | "note" | "bold" | "dim", text: string) => string;
const plain: Paint = (_style, text) => text;
const CODES = { error: "31;1", warning: "33;1", note: "36;1", bold: "1", dim: "2" } as const;
const ansi: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;

function formatOne({ code, severity, message, span, related, hint }: Diagnostic, sources: Sources, places: Places, paint: Paint): string {
  const at = places.place(span);
  const notes = related.map((note) => ({ note, at: places.place(note.span) }));
  const gutter = Math.max(...[at, ...notes.map((other) => other.at)].map(({ line }) => String(line).length));
  const lines = [
    `${paint("bold", where(span, at))} ${paint(severity, `${severity}[${code}]:`)} ${printable(message)}`,
    ...snippet(span, at, sources, places, gutter, "^", (text) => paint(severity, text), paint),
    ...notes.flatMap(({ note, at: place }) => [
      `${" ".repeat(gutter + 2)}${paint("note", "note:")} ${where(note.span, place)} ${printable(note.message)}`,
      ...snippet(note.span, place, sources, places, gutter, "-", (text) => paint("note", text), paint),
    ]),
    ...(hint === undefined ? [] : [`${" ".repeat(gutter + 2)}${paint("note", "hint:")} ${printable(hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

const where = ({ file }: Span, { line, column }: Place): string => `${printable(file)}:${line}:${column}:`;

/** The span's first line, with a mark under the part of the span that stands in it. */
function snippet(
  span: Span,
  at: Place,
  sources: Sources,
  places: Places,
  gutter: number,
  mark: string,
  paintMark: (text: string) => string,
  paint: Paint,
): readonly string[] {
  const source = sources.get(span.file);
  if (source === undefined) return [];
  const line = places.line(span.file, at.line);
  const from = Math.min(span.start, line.end);
  const to = Math.max(from, Math.min(span.end, line.end));
  // A line can be a megabyte: only what can be shown is split into cells.
  const first = Math.max(line.start, from - SHOWN);
  const last = Math.min(line.end, from + SHOWN * 2);
  const cells = cellsOf(source.slice(first, last));
  const shown = cut(cells, from - first, first > line.start, last < line.end);
  const columns = (start: number, end: number): number =>
    shown.cells.reduce((sum, cell) => (cell.at + first >= start && cell.at + first < end ? sum + cell.columns : sum), 0);
  const before = (shown.cutLeft ? 1 : 0) + columns(line.start, from);
  const marks = mark.repeat(Math.max(1, columns(from, to)));
  const text = `${shown.cutLeft ? "…" : ""}${shown.cells.map((cell) => cell.text).join("")}${shown.cutRight ? "…" : ""}`;
  const number = String(at.line).padStart(gutter);
  return [
    `${paint("dim", `${number} |`)} ${text}`.trimEnd(),
    `${paint("dim", `${" ".repeat(gutter)} |`)} ${" ".repeat(before)}${paintMark(marks)}`,
  ];
}

/** At most SHOWN columns, so that the caret's first cell stands a third from the left. */
function cut(
  cells: readonly Cell[],
  caret: number,
  cutLeft: boolean,
  cutRight: boolean,
): { readonly cells: readonly Cell[]; readonly cutLeft: boolean; readonly cutRight: boolean } {
  const width = cells.reduce((sum, { columns }) => sum + columns, 0);
  if (width <= SHOWN && !cutLeft && !cutRight) return { cells, cutLeft, cutRight };
  const at = cells.findIndex((cell) => cell.at >= caret);
  const caretCell = at < 0 ? cells.length : at;
  let start = caretCell;
  for (let room = Math.floor(SHOWN / 3); start > 0 && room > 0; start--) room -= cells[start - 1]?.columns ?? 0;
  let end = start;
  for (let room = SHOWN; end < cells.length && room > 0; end++) room -= cells[end]?.columns ?? 0;
  return { cells: cells.slice(start, end), cutLeft: cutLeft || start > 0, cutRight: cutRight || end < cells.length };
}

function summary(diagnostics: readonly Diagnostic[], sources: Sources, paint: Paint): string {
  const count = (severity: Diagnostic["severity"]): number => diagnostics.filter((one) => one.severity === severity).length;
  const errors = count("error");
  const warnings = count("warning");
  if (errors + warnings === 0) return `no problems in ${counted(sources.size, "file")}\n`;
  const found = [
    ...(errors === 0 ? [] : [paint("error", counted(errors, "error"))]),
    ...(warnings === 0 ? [] : [paint("warning", counted(warnings, "warning"))]),
  ];
  return `${found.join(", ")} in ${counted(new Set(diagnostics.map(({ span }) => span.file)).size, "file")}\n`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
