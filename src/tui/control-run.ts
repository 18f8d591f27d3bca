import type { Pressed } from "./control.js";
import { moved } from "./moved.js";
import type { Press } from "./press.js";
import type { Scene, UiState } from "./ui-state.js";

/** Keys of one run: the tree, the detail beside it, and time. */
export function pressInRun(ui: UiState, key: Press, scene: Scene): Pressed {
  const word = key.key === "text" ? key.text : key.key;
  return { ui: inDetail(ui, word, scene) ?? inTree(ui, word, scene) ?? inTime(ui, word, scene) ?? ui, ...(leaves(word) ? { ui: { ...ui, screen: "runs", notice: null }, act: { act: "open", run: null } } : {}) };
}

const leaves = (word: string): boolean => word === "q" || word === "escape" || word === "h";

/** `J`, `K` and pages move the detail; with the focus on it the arrows do too. */
function inDetail(ui: UiState, word: string, { detail }: Scene): UiState | null {
  const most = Math.max(detail.lines - detail.page, 0);
  const to = (top: number): UiState => ({ ...ui, detailTop: Math.min(Math.max(top, 0), most) });
  const top = Math.min(ui.detailTop, most);
  const focused = ui.focus === "detail";
  if (word === "J" || (focused && (word === "down" || word === "j"))) return to(top + 1);
  if (word === "K" || (focused && (word === "up" || word === "k"))) return to(top - 1);
  if (word === "half-down" || (focused && word === "pagedown")) return to(top + Math.ceil(detail.page / 2));
  if (word === "half-up" || (focused && word === "pageup")) return to(top - Math.ceil(detail.page / 2));
  if (focused && (word === "g" || word === "home")) return to(0);
  if (focused && (word === "G" || word === "end")) return to(most);
  if (word === "tab") return { ...ui, focus: focused ? "tree" : "detail" };
  return null;
}

function inTree(ui: UiState, word: string, { rows, at, page }: Scene): UiState | null {
  const to = moved(word, at, page, rows.length);
  if (to !== null) return { ...ui, path: rows[to]?.path ?? null, detailTop: 0 };
  const row = rows[at];
  switch (word) {
    case "f":
      return { ...ui, path: null, seq: null, detailTop: 0 };
    case "enter":
    case " ": {
      if (row === undefined || row.children === 0) return ui;
      const folded = new Set(ui.folded);
      if (!folded.delete(row.path)) folded.add(row.path);
      return { ...ui, folded, path: row.path };
    }
    default:
      return null;
  }
}

/** Back and forth through what has happened; nothing is called again. */
function inTime(ui: UiState, word: string, { last }: Scene): UiState | null {
  const end = last?.seq ?? -1;
  if (end < 0) return null;
  const now = Math.min(ui.seq ?? end, end);
  const leap = Math.max(Math.round(end / 10), 1);
  const to = (seq: number): UiState => ({ ...ui, seq: seq >= end ? null : Math.max(seq, 0) });
  switch (word) {
    case "left":
    case "[":
      return to(now - 1);
    case "right":
    case "]":
      return to(now + 1);
    case "{":
      return to(now - leap);
    case "}":
      return to(now + leap);
    case "0":
      return to(0);
    case "$":
      return to(end);
    default:
      return null;
  }
}
