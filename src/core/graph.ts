import type { FlowError } from "./errors.js";
import type { Json } from "./json.js";
import type { GraphNode } from "./plan/flow-plan.js";

/** A message that a run emitted, as callers of the library and `run -i` see it. */
export interface EmittedMessage {
  readonly topic: string;
  readonly key: string | null;
  readonly id: string;
  readonly message: Json;
  /** Its body is larger than its topic takes, and is stored apart. */
  readonly apart?: true;
}

/** The public channels of a compiled graph, and the inner ones: `steps`, `route`, `run`. */
export interface GraphState {
  readonly input: Json;
  readonly output: Json | null;
  readonly status: "running" | "completed" | "failed" | "cancelled" | "compensated";
  readonly error: FlowError | null;
  readonly emitted: readonly EmittedMessage[];
  /** Outputs of finished top-level steps by id; a skipped step has no key. */
  readonly steps: Readonly<Record<string, Json>>;
  /** Index of the case that the last route node took, -1 for none. */
  readonly route: number;
  /** Id of the run that this invocation is; "" before the first node. */
  readonly run: string;
}

/** What a node adds: `steps` and `emitted` are merged, the rest is replaced. */
export type GraphUpdate = Partial<GraphState>;

/** Runs one node of the plan's graph: the compiler draws the graph, the runtime acts. */
export type NodeExecutor = (node: GraphNode, state: GraphState, signal: AbortSignal | undefined) => Promise<GraphUpdate>;

/** Runs a whole graph from its input, node by node. */
export type GraphRunner = (run: string, input: Json, execute: NodeExecutor, signal: AbortSignal | undefined) => Promise<GraphState>;

/** The channels' names: no node of a graph may have one of them. */
export const CHANNELS = ["input", "output", "status", "error", "emitted", "steps", "route", "run"] as const satisfies readonly (keyof GraphState)[];
