import type { GraphUpdate } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { GraphNode } from "../../core/plan/flow-plan.js";
import { toData } from "../../expr/evaluate/to-data.js";
import { takeLock } from "../lock/hold.js";
import { registerBefore } from "../waiter/register.js";
import { actStep, isPure } from "./act-block.js";
import { flush, type ActiveRun } from "./active-run.js";
import { computeStep } from "./block.js";
import { endFrame, ended, settled } from "./flow-end.js";
import { pathOf, type Frame } from "./frame.js";
import { noSet } from "./none.js";
import { withNow } from "./now.js";
import { isControl } from "./raised.js";
import type { Compute, Output, ReadyStep } from "./ready.js";

/** How far a run's own graph is. */
export interface Progress {
  readonly run: ActiveRun;
  readonly top: Frame;
  /** Of the last top-level step: the flow's value where it has no `value` of its own. */
  output: Output;
}

/** Runs one node of the graph, and gives what the nodes after it see. */
export async function runNode(progress: Progress, node: GraphNode): Promise<GraphUpdate> {
  const { run, top } = progress;
  const known = Object.keys(top.steps);
  const before = known.length === 0 ? noSet<string>() : new Set(known);
  try {
    // Until the run's end, which gives it back.
    const { lock } = run.ready.body;
    if (lock !== null && !run.locks.has("")) await takeLock(top, "", lock);
    const advanced = advance(progress, node);
    const route = typeof advanced === "number" ? advanced : await advanced;
    if (!isLast(node, route)) return { ...fresh(progress, before), route };
    const value = run.ready.body.value;
    const output = value === null ? progress.output : value(endFrame(run, top).env);
    if (run.background.size > 0 || run.fatal !== null) await settled(run);
    return { ...fresh(progress, before), route, status: "completed", output: output ?? null };
  } catch (thrown) {
    return { ...(await ended(run, top, thrown)), ...fresh(progress, before) };
  }
}

/** Runs what the node stands for; gives the case that a route took, else -1. At once where all of it is pure. */
function advance(progress: Progress, node: GraphNode): number | Promise<number> {
  if (node.run !== "steps") return routed(progress, node);
  const at = computed(progress, node.from, node.to);
  return at < node.to ? acted(progress, at, node.to) : -1;
}

/** Pure steps from this one on; gives the first that is none, or the end. */
function computed(progress: Progress, from: number, to: number): number {
  const { run, top } = progress;
  const { steps, registers, plan } = run.ready.body;
  for (let at = from; at < to; at += 1) {
    const step = steps[at];
    if (step === undefined || !isPure(step)) return at;
    if (registers) registerBefore(top, plan, at);
    progress.output = computeStep(step, top);
  }
  return to;
}

async function acted(progress: Progress, from: number, to: number): Promise<number> {
  const { run, top } = progress;
  const { steps, registers, plan } = run.ready.body;
  for (let at = from; at < to; at = computed(progress, at + 1, to)) {
    const step = steps[at];
    if (step === undefined) throw new TypeError(`the plan has no step ${at}`);
    if (registers) registerBefore(top, plan, at);
    progress.output = await actStep(step, top);
  }
  return -1;
}

async function routed(progress: Progress, node: GraphNode & { readonly run: "route" | "case" }): Promise<number> {
  const { run, top } = progress;
  const { steps, registers, plan } = run.ready.body;
  const step = steps[node.step];
  if (step?.take === undefined) throw new TypeError(`step ${node.step} of the plan is no switch`);
  if (registers) registerBefore(top, plan, node.step);
  if (node.run === "route") {
    const taken = routeOf(step.take, step, top);
    if (taken >= 0) return taken;
  }
  // The case that was routed to; or no case holds, or finding it fails: the step itself ends so.
  progress.output = await runStep(step, top);
  return -1;
}

const runStep = (step: ReadyStep, frame: Frame): Output | Promise<Output> => (isPure(step) ? computeStep(step, frame) : actStep(step, frame));

function routeOf(take: Compute<number>, step: ReadyStep, top: Frame): number {
  const path = pathOf(top, step);
  try {
    return take(step.readsNow ? withNow(top, path) : top, path);
  } catch (thrown) {
    if (isControl(thrown)) throw thrown;
    return -1;
  }
}

const isLast = (node: GraphNode, route: number): boolean => (node.run === "route" ? (node.cases.at(route) ?? null) === null : node.next === null);

/** What the node added for the nodes after it. */
function fresh({ run, top }: Progress, before: ReadonlySet<string>): GraphUpdate {
  flush(run);
  const emitted = run.emitted;
  run.emitted = [];
  const steps: Record<string, Json> = {};
  for (const id of Object.keys(top.steps)) if (!before.has(id)) steps[id] = toData(top.steps[id], id);
  return { steps, emitted, run: run.ctx.run };
}
