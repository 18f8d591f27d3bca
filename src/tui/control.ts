import type { RunState, RunRequest } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";
import { pressInDialog } from "./control-dialog.js";
import { pressInRun } from "./control-run.js";
import { moved } from "./moved.js";
import type { Press } from "./press.js";
import { type, typedText } from "./typed.js";
import type { Scene, UiState } from "./ui-state.js";
import { askedWait, dialogFor } from "./wait-dialog.js";

/** What a key asks of the world. */
export type Act =
  | { readonly act: "quit" }
  | { readonly act: "interrupt" }
  | { readonly act: "suspend" }
  | { readonly act: "open"; readonly run: RunId | null }
  | { readonly act: "request"; readonly run: RunId; readonly request: RunRequest };
export interface Pressed {
  readonly ui: UiState;
  readonly act?: Act;
}

/** What a key does. Keys after k9s and lazygit. */
export function press(ui: UiState, key: Press, scene: Scene): Pressed {
  if (key.key === "interrupt") return { ui, act: { act: "interrupt" } };
  if (key.key === "suspend") return { ui, act: { act: "suspend" } };
  if (ui.dialog !== null) return pressInDialog({ ...ui, dialog: ui.dialog }, key);
  if (ui.searching !== null) return { ui: search(ui, ui.searching, key) };
  const calm = ui.notice === null ? ui : { ...ui, notice: null };
  return common(calm, key, scene) ?? (calm.screen === "runs" ? pressInRuns(calm, key, scene) : pressInRun(calm, key, scene));
}

/** Keys that mean the same on both screens. */
function common(ui: UiState, key: Press, scene: Scene): Pressed | null {
  if (key.key !== "text") return null;
  const line = ui.screen === "runs" ? scene.lines[scene.at] : undefined;
  const run = ui.screen === "runs" ? (line?.run ?? null) : ui.run;
  const waits = ui.screen === "runs" ? (line?.waits ?? []) : [...(scene.last?.waits.values() ?? [])];
  const chosen = ui.screen === "run" ? (scene.rows[scene.at]?.path ?? null) : null;
  switch (key.text) {
    case "?":
      return { ui: { ...ui, dialog: { is: "help" } } };
    case "c": {
      const ended = ui.screen === "runs" ? line?.finishedAt : scene.last?.finishedAt;
      if (run === null) return { ui };
      return { ui: ended === null ? { ...ui, dialog: { is: "cancel", run } } : told(ui, "this run has ended") };
    }
    case "R": {
      const failed = (ui.screen === "runs" ? line?.state : scene.last?.state) === "failed";
      if (run === null) return { ui };
      return { ui: failed ? { ...ui, dialog: { is: "reopen", run } } : told(ui, "this run has not failed") };
    }
    case "a":
    case "r":
    case "e": {
      const wait = askedWait(waits, chosen);
      if (run === null || wait === null) return { ui: told(ui, "nobody is asked here") };
      return { ui: { ...ui, dialog: dialogFor(run, wait, key.text === "a" ? "approve" : key.text === "r" ? "reject" : "answer") } };
    }
    case "i": {
      const wait = waits.find(({ kind, path }) => kind === "incident" && (chosen === null || path === chosen)) ?? waits.find(({ kind }) => kind === "incident");
      if (run === null || wait === undefined) return { ui: told(ui, "no incident is open here") };
      return { ui: { ...ui, dialog: { is: "incident", run, wait } } };
    }
    default:
      return null;
  }
}

function pressInRuns(ui: UiState, key: Press, { lines, at, page }: Scene): Pressed {
  const word = key.key === "text" ? key.text : key.key;
  const to = moved(word, at, page, lines.length);
  if (to !== null) return { ui: { ...ui, run: lines[to]?.run ?? null } };
  switch (word) {
    case "q":
      return { ui, act: { act: "quit" } };
    case "enter":
    case "right":
    case "l": {
      const run = lines[at]?.run;
      if (run === undefined) return { ui };
      return { ui: { ...ui, screen: "run", run, path: null, folded: new Set(), focus: "tree", detailTop: 0, seq: null }, act: { act: "open", run } };
    }
    case "/":
      return { ui: { ...ui, searching: typedText(ui.filter.text) } };
    case "s":
      return { ui: { ...ui, filter: { ...ui.filter, state: STATES[(STATES.indexOf(ui.filter.state) + 1) % STATES.length] ?? null } } };
    case "escape":
      return { ui: { ...ui, filter: { state: null, text: "" } } };
    default:
      return { ui };
  }
}

const STATES: readonly (RunState | null)[] = [null, "running", "parked", "failed", "completed", "compensated", "cancelled"];

/** The list is filtered while the filter is typed. */
function search(ui: UiState, typed: NonNullable<UiState["searching"]>, key: Press): UiState {
  if (key.key === "enter") return { ...ui, searching: null };
  if (key.key === "escape") return { ...ui, searching: null, filter: { ...ui.filter, text: "" } };
  const next = type(typed, key) ?? typed;
  return { ...ui, searching: next, filter: { ...ui.filter, text: next.text } };
}

export const told = (ui: UiState, text: string, bad = false): UiState => ({ ...ui, notice: { text, bad } });
