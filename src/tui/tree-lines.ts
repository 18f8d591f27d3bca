import type { StepRow } from "../core/fold/step-rows.js";
import { duration } from "./text/amounts.js";
import { fit } from "./text/fit.js";
import { lookOf, type Line, type Part } from "./text/part.js";
import { windowOf } from "./window.js";

export interface TreeOf {
  readonly rows: readonly StepRow[];
  readonly at: number;
  readonly kindOf: (row: StepRow) => string;
  readonly folded: ReadonlySet<string>;
  /** ms since the epoch: what the bars reach from and to. */
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** Steps as a tree, each with its bar in the time of the whole run. */
export function treeLines(tree: TreeOf, columns: number, height: number): readonly Line[] {
  const { rows, at } = tree;
  const { from, to } = windowOf(rows.length, at, height);
  return rows.slice(from, to).map((row, index) => lineOf(tree, row, from + index === at, widthsFor(columns)));
}

interface Widths {
  readonly name: number;
  readonly kind: number;
  readonly bar: number;
  readonly took: number;
}

function widthsFor(columns: number): Widths {
  const took = 9;
  const kind = columns >= 50 ? 9 : 0;
  const rest = Math.max(columns - took - kind, 8);
  const bar = rest >= 30 ? Math.floor(rest * 0.42) : 0;
  return { took, kind, bar, name: rest - bar };
}

function lineOf(tree: TreeOf, row: StepRow, chosen: boolean, widths: Widths): Line {
  const { glyph, color } = lookOf(row.status);
  const bold = chosen ? ({ bold: true } as const) : {};
  const fold = row.children === 0 ? "" : tree.folded.has(row.path) ? ` +${row.children}` : "";
  const indent = "  ".repeat(Math.min(row.depth, Math.max(Math.floor((widths.name - 14) / 2), 0)));
  const end = row.endedAt ?? tree.now;
  return [
    { text: chosen ? "▸ " : "  ", ...bold },
    { text: `${indent}${glyph} `, color },
    { text: fit(row.label + fold, Math.max(widths.name - 4 - indent.length, 0)), ...bold },
    { text: fit(tree.kindOf(row), widths.kind), dim: true },
    ...bar(tree, row, end, widths.bar),
    { text: fit(duration(end - row.startedAt), widths.took, "right"), dim: true },
  ];
}

/** Failed attempts are lighter than what came of them; between attempts the step waits. */
function bar({ from, to, now }: TreeOf, row: StepRow, end: number, columns: number): readonly Part[] {
  if (columns < 4) return [];
  const span = Math.max(to - from, 1);
  const place = (at: number): number => Math.min(Math.max(Math.floor(((at - from) / span) * columns), 0), columns - 1);
  const cells = Array.from({ length: columns }, () => " ");
  const attempts = row.step?.attempts ?? [];
  const waits = row.status === "waiting" || row.status === "incident" || row.status === "retrying";
  for (let at = place(row.startedAt); at <= place(end); at += 1) cells[at] = attempts.length > 1 || waits ? "·" : "━";
  if (attempts.length > 1 || waits) {
    for (const { startedAt, endedAt, error } of attempts) for (let at = place(startedAt); at <= place(endedAt ?? now); at += 1) cells[at] = error === null ? "━" : "╌";
  }
  return [{ text: cells.join(""), color: lookOf(row.status).color }];
}
