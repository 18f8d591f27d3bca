import type { Streams } from "../core/fold/tokens.js";
import type { RunLine } from "../core/fold/run-line.js";
import type { Timeline } from "../core/fold/timeline.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { RunId } from "../core/run-id.js";

/** What is known of the world at one frame. */
export interface TuiData {
  readonly title: string;
  /** Events come by themselves. */
  readonly live: boolean;
  readonly lines: ReadonlyMap<RunId, RunLine>;
  readonly open: OpenRun | null;
  /** ms since the epoch: of this frame. */
  readonly now: number;
  /** What went wrong last with the source. */
  readonly problem: string | null;
}

/** The run that is looked at. */
export interface OpenRun {
  readonly timeline: Timeline;
  readonly streams: Streams;
  /** Its events were read once. */
  readonly read: boolean;
  /** The plan that it keeps; null while it is not known. */
  readonly plan: FlowPlan | null;
}
