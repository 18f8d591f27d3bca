import type { FlowError } from "../core/errors.js";
import type { Wait } from "../core/event.js";
import type { EmittedMessage, GraphRunner } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { RunId } from "../core/run-id.js";
import type { ChildPlans } from "./child/plans.js";
import type { GroupCommit } from "./journal/group-commit.js";
import type { RuntimePorts } from "./ports.js";
import type { Live } from "./live/live.js";
import type { RunContext, RunHandle } from "./run/context.js";
import type { Shards } from "./shards/shards.js";
import type { Snapshots } from "./snapshot/snapshots.js";
import type { Stats } from "./stats.js";

export interface LoadedFlow {
  readonly plan: FlowPlan;
  readonly graph: GraphRunner;
}

/** What runs the nodes of one run in the place of its flow's graph, and what cancels it. */
export interface Drive {
  readonly graph: GraphRunner;
  readonly abort: AbortController;
}

/** How a run ended, or that it waits. */
export interface RunReport {
  readonly flow: string;
  readonly run: RunId;
  readonly status: "completed" | "failed" | "cancelled" | "compensated" | "parked";
  /** Of a completed run. */
  readonly output?: Json;
  readonly error?: FlowError;
  readonly emitted: readonly EmittedMessage[];
  /** Of a parked run. */
  readonly waits?: readonly Wait[];
}

/** What the parts of one runtime share. */
export interface World {
  readonly ports: RuntimePorts;
  readonly stats: Stats;
  readonly commits: GroupCommit;
  readonly snapshots: Snapshots;
  readonly createExecutor: (ctx: RunContext) => RunHandle;
  /** Journaled runs that have begun here and neither ended nor wait for a person: those that wait for time count too. */
  readonly active: Set<RunId>;
  readonly live: Live;
  readonly shards: Shards;
  readonly childPlans: ChildPlans;
  /** Where the runs of a queue's tasks lie. Undefined: anywhere. */
  shardsOf(site: string): Promise<readonly number[] | undefined>;
  /** A server that has lost its last commits, as after a failover, is behind a run of this process: from what it has the run goes on here. */
  takeUpAgain(run: RunId): void;
  /** The runtime is being closed: nothing more starts. */
  stopped(): boolean;
  /** Something ended: whoever waits for idleness looks again. */
  changed(): void;
  /** The runtime cannot go on. */
  failed(cause: unknown): void;
}
