import { filterLines } from "../core/fold/filter-lines.js";
import type { RunLine } from "../core/fold/run-line.js";
import type { TuiData } from "./data.js";
import { withDialog } from "./dialog-lines.js";
import { footerLine } from "./footer.js";
import { listLines } from "./list-lines.js";
import { createRunFrame } from "./run-frame.js";
import { count } from "./text/amounts.js";
import { fitLine, spread } from "./text/fit-line.js";
import { lookOf, type Line } from "./text/part.js";
import type { Scene, UiState } from "./ui-state.js";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A whole screen, and what keys have to know of it. */
export interface Frame {
  readonly lines: readonly Line[];
  readonly scene: Scene;
  /** Runs on the screen. */
  readonly runs: readonly RunLine[];
}

/** Draws screens: exactly `rows` lines of exactly `columns`, whatever the size. It remembers what costs much to make. */
export function createFrame(): (data: TuiData, ui: UiState, size: Size) => Frame {
  const runFrame = createRunFrame();
  return (data, ui, { columns, rows }) => {
    const height = Math.max(rows - 2, 1);
    const { body, scene } = ui.screen === "run" && data.open !== null ? runFrame(data.open, data.now, ui, { columns, rows: height }) : runsBody(data, ui, { columns, rows: height });
    const whole = [headLine(data, columns), ...filled(body, height), footerLine(data, ui, columns)].slice(0, rows).map((line) => fitLine(line, columns));
    const lines = ui.dialog === null ? whole : withDialog(whole, ui.dialog, data.open?.plan ?? null, columns);
    return { lines, scene, runs: scene.lines.slice(Math.max(scene.at - rows, 0), scene.at + rows) };
  };
}

const filled = (lines: readonly Line[], height: number): readonly Line[] => Array.from({ length: height }, (_, index) => lines[index] ?? []);

function runsBody(data: TuiData, ui: UiState, { columns, rows }: Size): { readonly body: readonly Line[]; readonly scene: Scene } {
  const lines = filterLines(data.lines.values(), ui.filter);
  const at = Math.max(lines.findIndex(({ run }) => run === ui.run), 0);
  const empty: Line = [{ text: data.lines.size === 0 ? "  no runs yet" : "  no run fits: esc shows all", dim: true }];
  const body = lines.length === 0 ? [[], empty] : listLines(lines, at, data.now, columns, rows);
  return { body, scene: { lines, rows: [], at, view: null, last: null, page: Math.max(rows - 1, 1), detail: { lines: 0, page: 1 } } };
}

function headLine({ lines, title, live }: TuiData, columns: number): Line {
  const counts = { running: 0, parked: 0, failed: 0, ended: 0 };
  for (const { state } of lines.values()) counts[state === "running" || state === "parked" || state === "failed" ? state : "ended"] += 1;
  const part = (state: "running" | "waiting" | "failed" | "completed", text: string): Line => [{ text: " " }, { text: `${lookOf(state).glyph} ${text}`, color: lookOf(state).color }];
  const left: Line = [
    { text: " flowctl ", bold: true, inverse: true },
    ...part("running", `${count(counts.running)} running`),
    ...part("waiting", `${count(counts.parked)} parked`),
    ...part("failed", `${count(counts.failed)} failed`),
    ...part("completed", `${count(counts.ended)} ended`),
  ];
  return spread(left, [{ text: `  ${title}${live ? "" : ", not live"} `, dim: true }], columns);
}
