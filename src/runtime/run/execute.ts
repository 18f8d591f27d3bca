import type { FlowError } from "../../core/errors.js";
import type { RunEvent } from "../../core/event.js";
import type { GraphUpdate } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { GraphNode } from "../../core/plan/flow-plan.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { toData } from "../../expr/evaluate/to-data.js";
import { actBlock, actCatch, actStep } from "./act-block.js";
import { enter, flush, leave, startTimer, type ActiveRun } from "./active-run.js";
import { computeBlock, computeStep } from "./block.js";
import type { RunContext, RunHandle } from "./context.js";
import { flowFrame, inner, type Frame } from "./frame.js";
import { prepare } from "./prepare.js";
import { Raised, Returned, raisedFrom } from "./raised.js";
import type { Output, ReadyBlock } from "./ready.js";
import { Cancelled, cancelScope, openScope } from "./scope.js";
import { makeCases } from "./steps/switch.js";

/** Makes one run ready to be driven by its graph, node by node (DESIGN §2: LangGraph routes, the journal decides). */
export function startRun(ctx: RunContext): RunHandle {
  const run = makeRun(ctx);
  const top = flowFrame(run, ctx.input, "", run.root, false);
  const progress: Progress = { run, top, output: undefined };
  armDeadline(run);
  return {
    async execute(node, state) {
      for (const [id, value] of Object.entries(state.steps)) top.steps[id] ??= value;
      enter(run);
      try {
        return await runNode(progress, node);
      } finally {
        leave(run);
      }
    },
    wake(event: RunEvent) {
      const go = event.path === undefined ? undefined : run.waits.get(event.path);
      go?.(event);
      return go !== undefined;
    },
    drop() {
      run.dropped = true;
      for (const stop of run.timers) stop();
    },
    totals: () => ({ usage: { in: run.spending.in, out: run.spending.out }, usd: run.spending.usd }),
  };
}

interface Progress {
  readonly run: ActiveRun;
  readonly top: Frame;
  /** Of the last top-level step: the flow's value where it has no `value` of its own. */
  output: Output;
}

function makeRun(ctx: RunContext): ActiveRun {
  const { plan, history } = ctx;
  const started = new Timestamp(ctx.startedAt);
  const root = openScope(null);
  const run: ActiveRun = {
    ctx,
    ready: prepare(plan),
    past: history.paths.size > 0 ? history.paths : null,
    root,
    vars: { id: ctx.run, flow: plan.id, version: plan.release, started, now: started, depth: 0 },
    pending: [],
    emitted: [],
    waits: new Map(),
    timers: new Set(),
    loopStates: new Map(),
    background: new Set(),
    spending: { in: history.usage.in, out: history.usage.out, usd: history.usd, reservedTokens: 0, reservedUsd: 0 },
    notes: new Map(),
    active: 0,
    dropped: false,
  };
  const cancel = (): void => cancelScope(root, "operator");
  if (ctx.abort.signal.aborted) cancel();
  else ctx.abort.signal.addEventListener("abort", cancel, { once: true });
  return run;
}

/** The flow's own `timeout` counts from its start, over parking and restarts. */
function armDeadline(run: ActiveRun): void {
  const { plan, startedAt, ports } = run.ctx;
  const limit = plan.timeout ?? plan.body.timeout;
  if (limit !== undefined && plan.class === "J") startTimer(run, startedAt + limit - ports.clock.now(), () => cancelScope(run.root, "timeout"));
}

async function runNode(progress: Progress, node: GraphNode): Promise<GraphUpdate> {
  const { run, top } = progress;
  const before = new Set(Object.keys(top.steps));
  try {
    const route = await advance(progress, node);
    if (!isLast(node, route)) return { ...fresh(progress, before), route };
    const value = run.ready.body.value;
    const output = value === null ? progress.output : value(top.env);
    await settled(run);
    return { ...fresh(progress, before), route, status: "completed", output: output ?? null };
  } catch (thrown) {
    return { ...(await ended(progress, thrown)), ...fresh(progress, before) };
  }
}

/** Runs what the node stands for; gives the case that a route took, else -1. */
async function advance(progress: Progress, node: GraphNode): Promise<number> {
  const { run, top } = progress;
  const { steps } = run.ready.body;
  if (node.run === "steps") {
    for (const step of steps.slice(node.from, node.to)) {
      progress.output = step.compute !== null && (step.catches === null || step.catches.pure) ? computeStep(step, top) : await actStep(step, top);
    }
    return -1;
  }
  const plan = run.ctx.plan.body.steps[node.step];
  const step = steps[node.step];
  if (plan?.kind !== "switch" || step === undefined) throw new TypeError(`step ${node.step} of the plan is no switch`);
  const path = plan.id;
  const { cases, take } = switchCases(run, node.step);
  if (node.run === "route") {
    if (step.when !== null && step.when(top.env) !== true) {
      run.pending.push({ path, skipped: true });
      progress.output = undefined;
      return -1;
    }
    const taken = take(top, path);
    if (taken < 0) {
      progress.output = undefined;
      if (!run.past?.get(path)?.computed) run.pending.push({ path });
    }
    return taken;
  }
  const block = cases[node.case];
  if (block === undefined) throw new TypeError(`the switch has no case ${node.case}`);
  const known = run.past?.get(path)?.computed;
  const output = known ? known.output : await runCase(block, inner(top, block, `${path}/`));
  if (output !== undefined) top.steps[plan.id] = output;
  if (!known) run.pending.push(output === undefined ? { path } : { path, output });
  progress.output = output;
  return -1;
}

const runCase = (block: ReadyBlock, frame: Frame): Output | Promise<Output> => (block.pure ? computeBlock(block, frame) : actBlock(block, frame));

const routes = new WeakMap<object, ReturnType<typeof makeCases>>();
function switchCases(run: ActiveRun, at: number): ReturnType<typeof makeCases> {
  const plan = run.ctx.plan.body.steps[at];
  if (plan?.kind !== "switch") throw new TypeError(`step ${at} of the plan is no switch`);
  const known = routes.get(plan) ?? makeCases(run.ready.maker, plan);
  routes.set(plan, known);
  return known;
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

/** Branches that `rest: finish` left running: the run ends when they do. */
async function settled(run: ActiveRun): Promise<void> {
  while (run.background.size > 0) await Promise.all(run.background);
}

/** How the run ends on what was thrown: a `return`, the flow's own catch, a failure, a cancellation. */
async function ended(progress: Progress, thrown: unknown): Promise<GraphUpdate> {
  const { run, top } = progress;
  if (thrown instanceof Returned) {
    await settled(run);
    return { status: "completed", output: thrown.value };
  }
  if (thrown instanceof Cancelled && thrown.reason === "operator") {
    return { status: "cancelled", error: { code: "cancelled", message: "the run was cancelled" } };
  }
  const raised = thrown instanceof Cancelled ? new Raised({ code: "timeout", message: "the flow took longer than its timeout", attempts: 1 }) : raisedFrom(thrown, "");
  const { catches } = run.ready.body;
  if (catches === null) return failure(run, raised.error);
  try {
    // A flow whose time is over still runs its catch: it has a scope of its own.
    const scope = thrown instanceof Cancelled ? openScope(null) : top.scope;
    const output = await actCatch(catches, { ...top, scope, autoPrefix: "!catch/" }, raised);
    await settled(run);
    return { status: "completed", output: output ?? null };
  } catch (again) {
    if (again instanceof Returned) return { status: "completed", output: again.value };
    return failure(run, raisedFrom(again, "").error);
  }
}

async function failure(run: ActiveRun, error: FlowError): Promise<GraphUpdate> {
  await settled(run);
  return { status: "failed", error };
}
