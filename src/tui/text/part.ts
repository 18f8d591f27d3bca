import type { StepStatus } from "../../core/fold/run-view.js";
import type { RunState } from "../../core/ports/store.js";

/** A piece of a line in one style. */
export interface Part {
  readonly text: string;
  readonly color?: Color;
  readonly bold?: true;
  readonly dim?: true;
  readonly inverse?: true;
}
export type Color = "cyan" | "green" | "red" | "yellow" | "magenta" | "blue" | "gray";
export type Line = readonly Part[];

interface Look {
  readonly glyph: string;
  readonly color: Color;
}

const LOOKS: { readonly [S in StepStatus]: Look } = {
  running: { glyph: "●", color: "cyan" },
  retrying: { glyph: "↻", color: "yellow" },
  waiting: { glyph: "◆", color: "magenta" },
  incident: { glyph: "!", color: "red" },
  completed: { glyph: "✓", color: "green" },
  failed: { glyph: "✗", color: "red" },
  cancelled: { glyph: "–", color: "gray" },
  skipped: { glyph: "·", color: "gray" },
};

/** A shape as well as a colour, so that nothing is said by colour alone. */
export const lookOf = (status: StepStatus): Look => LOOKS[status];

const STATES: { readonly [S in RunState]: StepStatus } = { running: "running", parked: "waiting", completed: "completed", failed: "failed", cancelled: "cancelled", compensated: "cancelled", resolved: "completed" };

export const statusOf = (state: RunState): StepStatus => STATES[state];
