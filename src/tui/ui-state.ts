import type { Wait } from "../core/event.js";
import type { LineFilter } from "../core/fold/filter-lines.js";
import type { StepRow } from "../core/fold/step-rows.js";
import type { RunView } from "../core/fold/run-view.js";
import type { RunLine } from "../core/fold/run-line.js";
import type { Path, RunId } from "../core/run-id.js";
import type { Typed } from "./typed.js";

/** What the person at the keyboard has chosen: everything on the screen that does not come from the source. */
export interface UiState {
  readonly screen: "runs" | "run";
  /** Chosen in the list, or open; null: the first one. */
  readonly run: RunId | null;
  readonly filter: LineFilter;
  /** The filter is being typed. */
  readonly searching: Typed | null;
  /** Chosen in the tree; null: whatever is at work. */
  readonly path: Path | null;
  readonly folded: ReadonlySet<Path>;
  readonly focus: "tree" | "detail";
  /** First line of the detail that is shown. */
  readonly detailTop: number;
  /** The run is shown as it was after this event; null: as it is. */
  readonly seq: number | null;
  readonly dialog: Dialog | null;
  readonly notice: { readonly text: string; readonly bad: boolean } | null;
}

/** `resolve` gives an incident the output that its step then has. */
export type AnswerKind = "approve" | "reject" | "answer" | "resolve";
export type Dialog =
  | { readonly is: "help" }
  | { readonly is: "cancel" | "reopen"; readonly run: RunId }
  | { readonly is: "answer"; readonly as: AnswerKind; readonly run: RunId; readonly wait: Wait; readonly typed: Typed; readonly problem: string | null; readonly sending: boolean }
  | { readonly is: "incident"; readonly run: RunId; readonly wait: Wait };

export const firstState = (run: RunId | null): UiState => ({
  screen: run === null ? "runs" : "run",
  run,
  filter: { state: null, text: "" },
  searching: null,
  path: null,
  folded: new Set(),
  focus: "tree",
  detailTop: 0,
  seq: null,
  dialog: null,
  notice: null,
});

/** What stands on the screen, as far as keys depend on it. */
export interface Scene {
  /** Those that the filter lets through. */
  readonly lines: readonly RunLine[];
  readonly rows: readonly StepRow[];
  /** Index in `lines`, or in `rows`. */
  readonly at: number;
  /** The open run as it is shown, and as it is. */
  readonly view: RunView | null;
  readonly last: RunView | null;
  /** Lines of a page of the list, or of the tree. */
  readonly page: number;
  readonly detail: { readonly lines: number; readonly page: number };
}
