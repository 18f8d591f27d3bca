import type { RunView } from "../core/fold/run-view.js";
import { stepRows, type StepRow } from "../core/fold/step-rows.js";
import { asOf } from "../core/fold/timeline.js";
import type { RunEvent } from "../core/event.js";
import type { OpenRun } from "./data.js";
import { detailLines } from "./detail-lines.js";
import type { Size } from "./frame.js";
import { remembered } from "./remembered.js";
import { stepKinds } from "./step-kinds.js";
import { count, dollars, duration } from "./text/amounts.js";
import { beside } from "./text/fit-line.js";
import { lookOf, statusOf, type Line } from "./text/part.js";
import { treeLines } from "./tree-lines.js";
import type { Scene, UiState } from "./ui-state.js";

/** From here on tree and detail stand beside each other. */
const WIDE = 100;

/** The screen of one run: what it is, its tree, the chosen step. */
export function createRunFrame(): (open: OpenRun, now: number, ui: UiState, size: Size) => { readonly body: readonly Line[]; readonly scene: Scene } {
  const viewAt = remembered(asOf);
  const rowsOf = remembered(rowsWithRun);
  const kindsOf = remembered(stepKinds);
  const detailOf = remembered((view: RunView, row: StepRow, stream: ReturnType<OpenRun["streams"]["get"]>, kind: string, now: number, columns: number) => detailLines({ view, row, stream, kind, now, columns }));

  return (open, clock, ui, { columns, rows: height }) => {
    const { timeline, plan } = open;
    const { last } = timeline;
    const view = viewAt(timeline, ui.seq ?? Infinity);
    const rows = rowsOf(view, ui.folded);
    // In the past the clock stands still, and so it does when all is over.
    const now = ui.seq === null ? (view.finishedAt ?? clock) : view.at;
    const at = chosenRow(rows, view, ui.path);
    const row = rows[at];
    const kindOf = kindsOf(plan);
    const tree = { rows, at, kindOf, folded: ui.folded, from: last.admittedAt, to: last.finishedAt ?? (ui.seq === null ? clock : last.at), now };
    const head = [headLine(view, now), ...(ui.seq === null ? [] : [timeLine(timeline.events, view, columns)])];
    const room = Math.max(height - head.length, 1);
    const layout = layoutOf(columns, room, ui.focus);
    // Only a running step gets older.
    const detail = row === undefined ? [] : detailOf(view, row, ui.seq === null ? open.streams.get(row.path) : undefined, kindOf(row), row.endedAt === null ? now : 0, layout.detail.columns);
    const page = layout.detail.rows;
    const top = Math.min(ui.detailTop, Math.max(detail.length - page, 0));
    const shown = detail.slice(top, top + page);
    const body = [
      ...head,
      ...arrange(layout, treeLines(tree, layout.tree.columns, layout.tree.rows), shown, ruleOf(row, top, page, detail.length, columns)),
    ];
    return { body: open.read || view.seq >= 0 ? body : [[{ text: "  reading…", dim: true }]], scene: { lines: [], rows, at, view, last, page: Math.max(layout.tree.rows, 1), detail: { lines: detail.length, page } } };
  };
}

/** The run itself stands above its steps. */
function rowsWithRun(view: RunView, folded: ReadonlySet<string>): readonly StepRow[] {
  const steps = stepRows(view, folded);
  const children = steps.filter(({ depth }) => depth === 0).length;
  const run: StepRow = { path: "", depth: 0, label: view.flow, status: statusOf(view.state), startedAt: view.admittedAt, endedAt: view.finishedAt, children: 0, step: null };
  return view.seq < 0 ? [] : [{ ...run, children }, ...(folded.has("") ? [] : steps.map((row) => ({ ...row, depth: row.depth + 1 })))];
}

/** Without a choice: what waits for somebody, what is at work, what failed, the run. */
function chosenRow(rows: readonly StepRow[], { error, waits }: RunView, path: string | null): number {
  const index = (of: string | undefined): number => rows.findIndex((row) => row.path === of);
  if (path !== null) return Math.max(index(path), 0);
  const [wait] = waits.keys();
  const working = rows.findLastIndex(({ path: of, endedAt }) => of !== "" && endedAt === null);
  const found = [index(wait), working, index(error?.step)].find((at) => at >= 0);
  return found ?? 0;
}

interface Layout {
  readonly as: "beside" | "below" | "one";
  readonly tree: Size;
  readonly detail: Size;
}

/** Side by side, one above the other, or only that which has the focus: as much as there is room for. */
function layoutOf(columns: number, rows: number, focus: UiState["focus"]): Layout {
  if (columns >= WIDE) {
    const tree = Math.floor(columns * 0.55);
    return { as: "beside", tree: { columns: tree, rows }, detail: { columns: columns - tree - 1, rows } };
  }
  if (rows >= 16) {
    const tree = Math.floor(rows / 2);
    return { as: "below", tree: { columns, rows: tree }, detail: { columns, rows: rows - tree - 1 } };
  }
  const none = { columns, rows: 0 };
  const all = { columns, rows };
  return focus === "tree" ? { as: "one", tree: all, detail: { columns, rows } } : { as: "one", tree: none, detail: all };
}

function arrange(layout: Layout, tree: readonly Line[], detail: readonly Line[], rule: Line): readonly Line[] {
  switch (layout.as) {
    case "beside":
      return beside(tree, detail, { left: layout.tree.columns, right: layout.detail.columns }, layout.tree.rows);
    case "below":
      return [...Array.from({ length: layout.tree.rows }, (_, index) => tree[index] ?? []), rule, ...detail];
    case "one":
      return layout.tree.rows > 0 ? tree : detail;
  }
}

function ruleOf(row: StepRow | undefined, top: number, page: number, lines: number, columns: number): Line {
  const place = lines > page ? ` ${top + 1}–${Math.min(top + page, lines)}/${lines} ` : "";
  const text = `── ${row?.label ?? ""} ${place}`;
  return [{ text, dim: true }, { text: "─".repeat(Math.max(columns - text.length, 0)), dim: true }];
}

function headLine(view: RunView, now: number): Line {
  const { glyph, color } = lookOf(statusOf(view.state));
  const took = duration((view.finishedAt ?? now) - view.admittedAt);
  return [
    { text: ` ${glyph} ${view.state}`, color, bold: true },
    { text: `  ${view.flow}`, bold: true },
    { text: `  ${view.run}`, dim: true },
    { text: `  ${took} · ${count(view.usage.in + view.usage.out)} tokens · ${dollars(view.usd)}${view.messages.length === 0 ? "" : ` · ${count(view.messages.length)} out`}` },
    ...(view.cancel !== null && view.finishedAt === null ? [{ text: " · cancel asked", color: "yellow" } as const] : []),
  ];
}

/** Where in its past the run is shown. */
function timeLine(events: readonly RunEvent[], view: RunView, columns: number): Line {
  const event = events[view.seq];
  const said = ` ${view.seq + 1}/${events.length} +${duration(view.at - view.admittedAt)} ${event?.type ?? ""} ${event?.path ?? ""}`;
  const width = Math.max(Math.min(Math.floor(columns * 0.3), 40), 8);
  const at = Math.round((view.seq / Math.max(events.length - 1, 1)) * (width - 1));
  return [{ text: ` ${"━".repeat(at)}`, color: "yellow" }, { text: "●", color: "yellow" }, { text: "─".repeat(width - 1 - at), dim: true }, { text: said, color: "yellow" }];
}
