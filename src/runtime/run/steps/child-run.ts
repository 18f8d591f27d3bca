import { StepError } from "../../../core/errors.js";
import type { Duty, EventMap, Lent, Parent, RunEvent, UndoRecord, Wait } from "../../../core/event.js";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import { childPlan } from "../../../core/plan/child-plan.js";
import { isSiteKey, siteName, type Site, taskTopic } from "../../../core/queues.js";
import type { Path, RunId } from "../../../core/run-id.js";
import { endName } from "../../../core/signal-name.js";
import { childRunId } from "../../child/child-id.js";
import { errorOf, queueMessage, taskMessage, type Admit, type Unclaimed } from "../../child/task.js";
import { lend, lentOf } from "../../agent/lend.js";
import { originOf } from "../../redrive/renewed.js";
import type { RuntimePorts } from "../../ports.js";
import { append } from "../active-run.js";
import type { Frame } from "../frame.js";
import { Raised } from "../raised.js";
import type { Output } from "../ready.js";
import { Cancelled, openScope, throwIfCancelled } from "../scope.js";
import { takenAt, takeSignal, type Signal } from "../signals.js";
import { durableWait } from "../wait.js";

/** What a step starts as a run of its own (I25). */
export interface ChildRun {
  /** For people, and in the record. */
  readonly flow: string;
  /** A key of `FlowPlan.flows`. */
  readonly as: string;
  readonly detached: boolean;
  /** So many runs deep it may go. */
  readonly depth?: number;
  /** Its workers; null: whoever drives the run's shard. */
  readonly site: Site | null;
  readonly input: () => Json;
  readonly duty?: () => Duty;
  /** It calls models: what they cost is of this run's budget, at most so much. */
  readonly spends?: Lent;
  /** Goes with the end of what can be undone; null: nothing of it can. */
  readonly undo: (() => UndoRecord) | null;
}

/**
 * The id of the run is made of this one's and the path, and it is admitted after this step's item is durable: so there is
 * one, whichever process ends when. A step that waits long parks; what cancels it cancels the run, and it ends when the run has.
 */
export async function runChild(frame: Frame, path: Path, made: () => ChildRun): Promise<Output> {
  const { run } = frame;
  const { clock } = run.ctx.ports;
  const events = run.past?.get(path)?.events ?? [];
  const before = events.find((event) => event.type === "step.dispatched");
  const began = before?.at ?? clock.now();
  if (before === undefined) throwIfCancelled(frame.scope);
  const start = made();
  const { flow, site } = start;
  const { child } = before?.type === "step.dispatched" ? before.data : await dispatch(frame, path, start);
  const complete = (output: Output, attempt = 1): Output => {
    const undo = start.undo?.();
    const done = { attempt, ms: Math.max(clock.now() - began, 0), ...(output === undefined ? {} : { output }) };
    append(run, "step.completed", path, undo === undefined ? done : { ...done, undo });
    if (undo !== undefined) run.ledger.push({ of: path, undo, output });
    return output;
  };
  if (start.detached) return complete({ run: child });
  const payload = await endOf(frame, path, child, start, { events, began });
  const { status = null, output = null, error = null } = payload;
  if (frame.info !== null && site !== null) run.notes.set(path, { attempts: 1, ms: Math.max(clock.now() - began, 0), usd: typeof payload.usd === "number" ? payload.usd : 0 });
  if (status === "completed") return complete(output);
  const { cancelled } = frame.scope;
  if (cancelled !== null) {
    // Its own time limit makes it a failure (I9).
    if (cancelled.scope.deadline?.path !== path) append(run, "step.cancelled", path, { reason: cancelled.reason, outcome: "not_applied" });
    throw cancelled;
  }
  if (status === "cancelled") throw new StepError("denied", `run ${child} of \`${flow}\` was cancelled`);
  if (status === "unclaimed") throw new StepError("timeout", `no worker of the queue \`${site === null ? "" : siteName(site)}\` has begun it within ${(run.ctx.plan.queueTimeout ?? 0) / 1000} s`);
  throw new Raised({ ...errorOf(error), step: path, attempts: 1 });
}

/** Its input and its place in the recursion are recorded with the task: both are one item. */
async function dispatch(frame: Frame, path: Path, start: ChildRun): Promise<EventMap["step.dispatched"]> {
  const { flow, as, detached, depth, site } = start;
  const { run, scope } = frame;
  const { ctx } = run;
  const deep = depth === undefined ? 0 : ctx.depth + 1;
  if (depth !== undefined && deep > depth) throw new StepError("limit", `\`${flow}\` may go ${depth} runs deep`);
  if (site !== null) needSite(site, ctx.ports);
  const shards = site === null ? undefined : await ctx.shardsOf?.(siteName(site));
  throwIfCancelled(scope);
  const child = childRunId(ctx.run, path, shards);
  const origin = originOf(ctx, path);
  const keys = childRunId(origin.run, origin.path, shards);
  // Else it has keys of its own.
  const again = keys === child ? null : ((await ctx.againOf?.(path, child, keys, childPlan(ctx.plan, as))) ?? null);
  throwIfCancelled(scope);
  const duty = start.duty?.();
  const input = start.input();
  // The last of all that may fail: the end of the task alone gives back what is held back for it.
  const budget = start.spends === undefined ? null : await lend(run, path, scope, start.spends);
  const lent = budget === null ? null : lentOf(budget);
  const parent: Parent = {
    run: ctx.run,
    path,
    depth: deep,
    ...(detached ? {} : { waits: true as const }),
    ...(keys === child ? {} : { keys }),
    ...(again === null ? {} : { again }),
    ...(ctx.messageKey === null ? {} : { key: ctx.messageKey }),
    ...(ctx.traceparent === undefined ? {} : { traceparent: ctx.traceparent }),
    ...(site === null ? {} : { queue: siteName(site) }),
    ...(duty === undefined ? {} : { duty: budget === null ? duty : { ...duty, budget } }),
  };
  const task: Admit = { do: "admit", child, plan: ctx.plan.hash, as, input, parent };
  const { bus, queues = {} } = ctx.ports;
  const message = site === null || bus === null ? taskMessage(ctx.run, task) : queueMessage(ctx.run, taskTopic(queues, ctx.plan.id, site), task);
  const dispatched = { child, flow, ...(detached ? { detached } : {}), ...(site === null ? {} : { queue: siteName(site) }), ...(lent === null ? {} : { lent }) };
  append(run, "step.dispatched", path, dispatched, [{ op: "outbox.put", message }]);
  return dispatched;
}

/** What is asked of a broker and a store is what the project lists: each site takes a place in the store for ever, and its key comes from data. */
function needSite({ queue, key }: Site, { bus, queues = {} }: RuntimePorts): void {
  if (key === null) return;
  const keys = queues[queue]?.keys ?? [];
  if (!isSiteKey(key)) throw new StepError("invalid_input", `${JSON.stringify(key)} is no site of the queue \`${queue}\`: it may hold letters, digits, \`_\` and \`-\``);
  if (bus !== null && !keys.includes(key)) throw new StepError("invalid_input", `${JSON.stringify(key)} is no site of the queue \`${queue}\`: ${keys.length === 0 ? "`queues` in the project file lists none" : `the project file lists ${keys.join(", ")}`}`);
}

interface Record {
  readonly events: readonly RunEvent[];
  readonly began: number;
}

/** The end of the run, also one that came before the step is reached again. */
async function endOf(frame: Frame, path: Path, child: RunId, start: ChildRun, { events, began }: Record): Promise<JsonObject> {
  const { run } = frame;
  const name = endName(path);
  const take = (): Signal | null => takeSignal(run, path, name);
  const known = takenAt(run, path)[0] ?? take();
  if (known !== null) return payloadOf(known);
  const patience = start.site === null ? undefined : run.ctx.plan.queueTimeout;
  const wait: Wait = { kind: "child", path, run: child, signal: name };
  const first: Wait = patience === undefined ? wait : { ...wait, until: began + patience };
  if (!events.some(({ type }) => type === "wait.opened")) append(run, "wait.opened", path, first);
  const unclaimed: Unclaimed | undefined = start.site === null ? undefined : { plan: run.ctx.plan.hash, as: start.as, parent: { run: run.ctx.run, path, depth: run.ctx.depth, waits: true } };
  const standing = async (inside: Frame): Promise<RunEvent> => {
    const overdue = events.some(({ type }) => type === "timer.fired");
    const end = overdue ? null : await durableWait(inside, path, first, take);
    if (end !== null && end.type !== "timer.fired") return end;
    if (unclaimed !== undefined) once(frame, path, events, "give up", child, () => taskMessage(run.ctx.run, { do: "give up", child, unclaimed }));
    return durableWait(inside, path, wait, take);
  };
  const end = await standing(frame).catch(async (thrown: unknown) => {
    if (!(thrown instanceof Cancelled)) throw thrown;
    const ended = take();
    if (ended !== null) return ended;
    const reason = `the call that waits for it was ${thrown.message}`;
    once(frame, path, events, "cancel", child, () => taskMessage(run.ctx.run, { do: "cancel", child, by: `run ${run.ctx.run}`, reason, ...(unclaimed === undefined ? {} : { unclaimed }) }));
    // Whatever is under way in it is settled before this run goes on (I28).
    return durableWait({ ...frame, scope: openScope(null) }, path, wait, take);
  });
  if (end.type !== "signal.received") throw new TypeError(`run ${child} ended by ${end.type}`);
  return payloadOf(end);
}

const payloadOf = ({ data: { payload } }: Signal): JsonObject => (isJsonObject(payload) ? payload : {});

/** Asked for with its record, and not again by replay. */
function once({ run }: Frame, path: Path, events: readonly RunEvent[], what: string, child: RunId, message: () => ReturnType<typeof taskMessage>): void {
  if (events.some((event) => event.type === "step.decided" && event.data.what === what)) return;
  append(run, "step.decided", path, { what, value: child }, [{ op: "outbox.put", message: message() }]);
}
