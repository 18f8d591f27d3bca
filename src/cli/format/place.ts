import type { Span } from "../../core/diagnostic.js";

/** The text of every file that was read, by the path that spans name. */
export type Sources = ReadonlyMap<string, string>;

/** Lines and columns count from 1, columns in UTF-16 units as editors do; the end is exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Places {
  place(span: Span): Place;
  /** Offsets [start, end) of a line, without its line break. */
  line(file: string, line: number): { readonly start: number; readonly end: number };
}

/** Each file's line starts are found once, when its first span is asked for. */
export function placesOf(sources: Sources): Places {
  const starts = new Map<string, readonly number[]>();
  const startsOf = (file: string): readonly number[] => {
    const known = starts.get(file);
    if (known !== undefined) return known;
    const found = lineStarts(sources.get(file) ?? "");
    starts.set(file, found);
    return found;
  };
  return {
    place(span) {
      const of = startsOf(span.file);
      const length = (sources.get(span.file) ?? "").length;
      const start = clamp(span.start, length);
      const end = Math.max(start, clamp(span.end, length));
      const line = lineAt(of, start);
      const endLine = lineAt(of, end);
      return {
        line: line + 1,
        column: start - (of[line] ?? 0) + 1,
        endLine: endLine + 1,
        endColumn: end - (of[endLine] ?? 0) + 1,
      };
    },
    line(file, line) {
      const of = startsOf(file);
      const text = sources.get(file) ?? "";
      const start = of[line - 1] ?? text.length;
      let end = of[line] ?? text.length;
      while (end > start && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
      return { start, end };
    },
  };
}

const clamp = (offset: number, length: number): number => Math.min(Math.max(0, offset), length);

/** A line ends at \n, \r\n or a lone \r, as in YAML. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
