import type { FlowError } from "../../core/errors.js";
import type { RunEvent } from "../../core/event.js";
import type { GraphUpdate } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { GraphNode } from "../../core/plan/flow-plan.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { toData } from "../../expr/evaluate/to-data.js";
import { holdLent } from "../agent/lend.js";
import { sumOf } from "../agent/spending.js";
import { actCatch, actStep, isPure } from "./act-block.js";
import { append, enter, flush, leave, startTimer, type ActiveRun } from "./active-run.js";
import { inTime } from "./at-time.js";
import { computeStep } from "./block.js";
import type { RunContext, RunHandle } from "./context.js";
import { overMessage } from "./deadline.js";
import { tooManyEvents } from "./event-limit.js";
import { flowFrame, pathOf, type Frame } from "./frame.js";
import { registerBefore } from "../waiter/register.js";
import { withNow } from "./now.js";
import { lockPath, takeLock } from "../lock/hold.js";
import { prepare } from "./prepare.js";
import { isControl, Raised, Returned, raisedFrom } from "./raised.js";
import type { Compute, Output, ReadyStep } from "./ready.js";
import { restsEnd } from "./rests.js";
import { openUndo } from "../saga/undo-scope.js";
import { noMap, noSet } from "./none.js";
import { Cancelled, cancelScope, openScope } from "./scope.js";
import { hearSignal, NO_SIGNALS, signalsOf } from "./signals.js";
import { standing } from "./standing.js";

/** Makes one run ready to be driven by its graph, node by node: the graph routes, the journal decides (docs/design/architecture.md). */
export function startRun(ctx: RunContext): RunHandle {
  const run = makeRun(ctx);
  const top = topFrame(run);
  const progress: Progress = { run, top, output: undefined };
  hearEnds(run);
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
      if (event.path === undefined) {
        if (event.type === "signal.received") hearSignal(run, event);
        return;
      }
      const at = run.waits.get(event.path);
      if (at === undefined) run.early.set(event.path, event);
      else at.wake(event);
    },
    standing: () => standing(run),
    later: (ms, fire) => startTimer(run, ms, fire),
    drop() {
      run.dropped = true;
      for (const stop of run.timers) stop();
    },
    locks: () => [...run.locks].map(([path, lock]) => ({ lock, path: lockPath(path) })),
    totals: () => ({ usage: { in: run.spending.in, out: run.spending.out }, usd: sumOf(run.spending.usd) }),
  };
}

/** A step of a queue runs as it would in its run: what stood around it there stands around it here. */
function topFrame(run: ActiveRun): Frame {
  const { input, duty } = run.ctx;
  const frame = flowFrame(run, input, "", run.flow, false);
  if (duty === undefined) return frame;
  const { settles, must, catching = [] } = duty;
  return {
    ...frame,
    undo: settles === true ? openUndo("", null, run.flow, null) : null,
    must: must === undefined ? null : { phase: must, keyPath: null },
    catching: catching.map((codes) => (codes === null ? null : new Set(codes))),
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
  const pure = plan.class === "P";
  const started = new Timestamp(ctx.startedAt);
  const root = openScope(null);
  // Counted from the run's start, over parking and restarts; again from where a failed one goes on, or a fork begins.
  const limit = plan.class === "J" ? (plan.timeout ?? plan.body.timeout) : undefined;
  const flow = openScope(root, limit === undefined ? null : { path: "", due: (history.reopened?.at ?? history.forkedAt ?? ctx.startedAt) + limit });
  const run: ActiveRun = {
    ctx,
    ready: prepare(plan),
    past: history.paths.size > 0 ? history.paths : null,
    root,
    flow,
    taken: new Map(),
    code: pure ? noMap() : new Map(history.code),
    incidents: pure ? noSet() : new Set(),
    fatal: null,
    vars: { id: ctx.run, flow: plan.id, version: plan.release, started, now: started, depth: ctx.depth },
    pending: [],
    // What an earlier process sent is still the run's.
    emitted: [...history.emitted],
    waits: pure ? noMap() : new Map(),
    early: pure ? noMap() : new Map(),
    signals: pure ? NO_SIGNALS : signalsOf(history.paths),
    locks: pure ? noMap() : new Map(),
    since: pure ? noMap() : new Map(),
    registering: [],
    timers: new Set(),
    loopStates: new Map(),
    background: new Set(),
    spending: { in: history.usage.in, out: history.usage.out, usd: history.usd, reservedTokens: 0, reservedUsd: 0, awayTokens: history.away.tokens, awayUsd: history.away.usd, lent: pure ? noMap() : new Map(), borrowers: pure ? noSet() : new Set() },
    notes: new Map(),
    ledger: [...history.ledger.done],
    undone: pure ? noSet() : new Set(history.ledger.undone),
    events: history.lastSeq + 1,
    active: 0,
    dropped: false,
  };
  for (const [path, lent] of history.lent) holdLent(run.spending, path, lent);
  return run;
}

/** What ends it as a whole from outside of its steps: a person, and the flow's own time. */
function hearEnds(run: ActiveRun): void {
  const past = run.past?.get("")?.events ?? [];
  // I8: then what is recorded is looked up, and nothing new starts. Who came first is the reason.
  const decided = past.find((event) => event.type === "step.decided" && (event.data.what === "timeout" || event.data.what === "limit"));
  const asked = past.find(({ type }) => type === "run.cancel_requested");
  const over = decided?.type === "step.decided" ? (decided.data.what === "limit" ? "limit" : "timeout") : null;
  if (over !== null && (asked?.seq ?? Infinity) > (decided?.seq ?? 0)) cancelScope(run.flow, over);
  hearCancel(run);
  if (over === null) armDeadline(run);
}

function hearCancel({ ctx: { signal }, root }: ActiveRun): void {
  if (signal === undefined) return;
  const cancel = (): void => cancelScope(root, "operator");
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
}

function armDeadline(run: ActiveRun): void {
  const { deadline } = run.flow;
  if (deadline === null) return;
  const over = (): void => {
    append(run, "step.decided", null, { what: "timeout", value: "over" });
    cancelScope(run.flow, "timeout");
  };
  inTime(run, deadline.due, over);
}

async function runNode(progress: Progress, node: GraphNode): Promise<GraphUpdate> {
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
    return { ...(await ended(progress, thrown)), ...fresh(progress, before) };
  }
}

/** What the flow's own `value` and `catch` see. */
const endFrame = (run: ActiveRun, top: Frame): Frame => (run.ready.endReadsNow ? withNow(top, "") : top);

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

/** Branches that `rest: finish` left running: the run ends when they do. */
const settled = (run: ActiveRun): Promise<void> => restsEnd(run, run.background);

/** How the run ends on what was thrown: a `return`, the flow's own catch, a failure, a cancellation. */
async function ended({ run, top }: Progress, thrown: unknown): Promise<GraphUpdate> {
  try {
    const over = overOf(run, thrown);
    if (over === null) return await plainEnd(run, thrown);
    // A flow whose time is over, or that has too many events, still answers by its catch.
    return await caught(run, { ...top, scope: run.root, rests: { scope: run.root, open: run.background } }, over);
  } catch (raised) {
    if (!(raised instanceof Raised)) throw raised;
    return await caught(run, top, raised);
  }
}

async function caught(run: ActiveRun, frame: Frame, raised: Raised): Promise<GraphUpdate> {
  const { catches } = run.ready.body;
  try {
    if (catches === null) throw raised;
    const output = await actCatch(catches, { ...endFrame(run, frame), autoPrefix: "!catch/" }, raised);
    await settled(run);
    return { status: "completed", output: output ?? null };
  } catch (again) {
    try {
      // It may be over in the flow's own catch.
      return await plainEnd(run, overOf(run, again) ?? again);
    } catch (last) {
      if (!(last instanceof Raised)) throw last;
      await settled(run);
      return { status: last.error.code === "compensated" ? "compensated" : "failed", error: last.error };
    }
  }
}

/** What ended the flow as a whole; null: something else was thrown. */
const overOf = (run: ActiveRun, thrown: unknown): Raised | null =>
  thrown instanceof Cancelled && thrown.scope === run.flow ? new Raised(thrown.reason === "limit" ? { code: "limit", message: tooManyEvents, attempts: 1 } : overTime(run.ctx)) : null;

const overTime = ({ plan }: RunContext): FlowError => ({ code: "timeout", message: overMessage(plan.timeout ?? plan.body.timeout ?? 0), attempts: 1 });

/** An end that no `catch` sees. Errors of the flow are thrown. */
async function plainEnd(run: ActiveRun, thrown: unknown): Promise<GraphUpdate> {
  if (thrown instanceof Returned) {
    await settled(run);
    return { status: "completed", output: thrown.value };
  }
  if (thrown instanceof Cancelled && thrown.scope === run.root) {
    await settled(run);
    return { status: "cancelled", error: { code: "cancelled", message: "the run was cancelled" } };
  }
  throw raisedFrom(thrown, "");
}
