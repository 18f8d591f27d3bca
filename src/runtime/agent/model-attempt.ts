import { InfraError, StepError } from "../../core/errors.js";
import type { Usage } from "../../core/event.js";
import { messageOf } from "../../core/message-of.js";
import type { ModelPlan } from "../../core/plan/flow-plan.js";
import type { Model, ModelAnswer, ModelRequest } from "../../core/ports/model.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { breakerOf } from "../policy/shared.js";
import { append, type ActiveRun } from "../run/active-run.js";
import { attempt } from "../run/attempt.js";
import { heedDeadlines } from "../run/deadline.js";
import { takeTurn } from "../run/take-turn.js";
import { isControl } from "../run/raised.js";
import { Cancelled, throwIfCancelled } from "../run/scope.js";
import { spend, type AgentRun } from "./agent-run.js";
import { count, enterBudget, holdOf, leaveBudget, settleOf, type SharedBudget } from "./shared-budget.js";
import { CUT_OFF, recordedAnswer } from "./call-record.js";
import { checkBudget, checkLimits, hold, mostOf, release, tokensOf, usdOf, type Reservation } from "./spending.js";

export interface ModelCall {
  readonly path: Path;
  readonly model: { readonly name: string; readonly plan: ModelPlan };
  readonly request: ModelRequest;
  readonly reqHash: string;
  readonly worst: Reservation;
}

/** What a failed attempt is settled at; nothing where the provider did not get to work. */
type Charge = { readonly usage: Usage; readonly usd: number; readonly unknown: true } | Record<never, never>;

type AttemptEnd = { readonly answer: ModelAnswer } | { readonly error: StepError; readonly charge: Charge; /** Goes with the event that says so. */ readonly index?: readonly IndexOp[] };

/** Intent, barrier, call, result (I3, I4). Limits and budget are looked at before the intent, and raise. */
export async function modelAttempt(run: AgentRun, call: ModelCall, number: number): Promise<AttemptEnd> {
  const { frame, policy } = run;
  const { ctx, spending } = frame.run;
  throwIfCancelled(frame.scope);
  // Connected before the intent: what is not there has not been asked.
  if (ctx.held?.() === true) await new Promise(() => undefined);
  const model = await ctx.ports.model(ctx.plan, call.model.name).catch(notConnected);
  if (model instanceof StepError) return { error: model, charge: {} };
  const timers = heedDeadlines(frame.run, frame.scope);
  if (timers !== null) await timers;
  if (policy?.plan.rate !== undefined) await ctx.admitted?.();
  const leave = policy === null ? undefined : await takeTurn(frame, call.path, frame.scope, policy);
  let budget: SharedBudget | null = null;
  try {
    budget = await enterBudget(frame.run);
    // What it counts there, only its record takes back.
    if (budget !== null) await ctx.admitted?.();
    throwIfCancelled(frame.scope);
    checkLimits(run, call.worst);
    // Not left behind when the run is cancelled meanwhile: what is held back is settled by the call's own record.
    checkBudget(frame.run, call.path, call.worst, budget === null ? null : await sumOf(frame.run, budget, call));
    hold(spending, call.worst);
    if (budget !== null) count(budget, call.worst, 1);
    try {
      return await sendOnce(run, call, number, model, budget);
    } finally {
      release(spending, call.worst);
    }
  } finally {
    leave?.();
    // Its sum may be let go when the store says the same.
    if (budget !== null) ctx.journal.barrier().then(() => leaveBudget(budget), () => leaveBudget(budget));
  }
}

/** What a decision about the budget counts: where other processes spend it too, the store holds the call's cost back first. */
async function sumOf(run: ActiveRun, budget: SharedBudget, { path, worst }: ModelCall): Promise<SharedBudget> {
  const { journal, reserve } = run.ctx;
  if (reserve === undefined) return budget;
  // It has one hold for each call: that of an attempt before this one is settled first.
  await journal.barrier();
  return { ...budget, ...(await reserve({ call: path, scope: budget.scope, tokens: tokensOf(worst.usage), usd: worst.usd, most: mostOf(run) })) };
}

async function sendOnce(run: AgentRun, call: ModelCall, number: number, model: Model, budget: SharedBudget | null): Promise<AttemptEnd> {
  const { frame, policy } = run;
  const { ctx } = frame.run;
  const { path, reqHash, worst } = call;
  append(frame.run, "model.started", path, { attempt: number, model: call.model.name, reqHash, reserve: { tokens: tokensOf(worst.usage), usd: worst.usd }, ...(budget === null ? {} : { budget: budget.scope }) }, budget === null ? undefined : [holdOf(budget, path, worst)]);
  await ctx.journal.barrier();
  const breaker = policy === null ? null : breakerOf(ctx.ports, ctx.plan.id, policy, call.model.name);
  let sent = false;
  try {
    throwIfCancelled(frame.scope);
    const refusal = breaker?.enter() ?? null;
    if (refusal !== null) return { error: refusal, charge: {}, ...settled(budget, call, null) };
    sent = true;
    const answer = await attempt(frame.run, frame.scope, policy?.plan.timeout ?? null, (signal) => complete(run, call, number, model, signal), "abort");
    breaker?.succeed();
    const usd = usdOf(ctx.ports, call.model.plan, answer.usage);
    account(run, answer.usage, usd);
    append(frame.run, "model.completed", path, { answer: recordedAnswer(answer), usage: answer.usage, usd, finish: answer.finish }, settled(budget, call, { usage: answer.usage, usd }).index);
    return { answer };
  } catch (thrown) {
    if (thrown instanceof Cancelled) {
      if (sent) breaker?.abandon();
      cutOff(run, call, number, thrown, sent, budget);
    }
    if (isControl(thrown)) throw thrown;
    const error = asStepError(thrown);
    if (sent && (error.code === "unavailable" || error.code === "timeout")) breaker?.fail();
    else if (sent) breaker?.succeed();
    // A provider bills what it began to answer.
    const billed = sent && (error.code === "timeout" || error.outcome === "unknown");
    return { error, charge: billed ? reserved(run, worst) : {}, ...settled(budget, call, billed ? worst : null) };
  }
}

function complete(run: AgentRun, { path, request }: ModelCall, number: number, model: Model, signal: AbortSignal): Promise<ModelAnswer> {
  const { ctx } = run.frame.run;
  const { observer } = ctx.ports;
  return model.complete(request, {
    signal,
    onText: observer.token === undefined ? null : (text) => observer.token?.({ run: ctx.run, path, attempt: number, text }),
    caller: { flow: ctx.plan.id, agent: run.agent.name, run: ctx.run, path, input: run.input },
  });
}

/** I36: an aborted call is settled at its reservation. The call has not failed: where the run goes on from its record it is asked again. */
function cutOff(run: AgentRun, call: ModelCall, number: number, cancelled: Cancelled, sent: boolean, budget: SharedBudget | null): void {
  const { frame } = run;
  const { path, worst } = call;
  const error = { code: CUT_OFF, message: cancelled.message, step: path, attempts: number };
  append(frame.run, "model.failed", path, { error, ...(sent ? reserved(run, worst) : {}), retryAt: frame.run.ctx.ports.clock.now() }, settled(budget, call, sent ? worst : null).index);
}

/** In the place of what was held back stands what it has cost. */
function settled(budget: SharedBudget | null, { path, worst }: ModelCall, cost: Reservation | null): { readonly index?: readonly IndexOp[] } {
  if (budget === null) return {};
  count(budget, worst, -1);
  if (cost !== null) count(budget, cost, 1);
  return { index: [settleOf(budget, path, cost)] };
}

function reserved(run: AgentRun, { usage, usd }: Reservation): Charge {
  account(run, usage, usd);
  return { usage, usd, unknown: true };
}

function account({ frame, progress }: AgentRun, usage: Usage, usd: number): void {
  spend(progress, usage, usd);
  spend(frame.run.spending, usage, usd);
}

function notConnected(thrown: unknown): StepError {
  if (isControl(thrown) || thrown instanceof InfraError) throw thrown;
  return asStepError(thrown);
}

function asStepError(thrown: unknown): StepError {
  if (thrown instanceof StepError) return thrown;
  return new StepError("unavailable", messageOf(thrown), { cause: thrown });
}
