import { hash } from "node:crypto";
import { StepError } from "../../core/errors.js";
import type { RetryPlan } from "../../core/plan/flow-plan.js";
import type { ModelAnswer, ModelRequest } from "../../core/ports/model.js";
import { delayBefore } from "../policy/backoff.js";
import { isRetryable } from "../policy/retryable.js";
import { append } from "../run/active-run.js";
import { incident } from "../run/incident.js";
import { pauseUntil } from "../run/pause.js";
import { endsBy } from "../run/deadline.js";
import { openScope } from "../run/scope.js";
import { flowError } from "../run/raised.js";
import { hasNextModel, spend, type AgentRun } from "./agent-run.js";
import { CUT_OFF, readRecord, type CallRecord } from "./call-record.js";
import { modelAttempt, type ModelCall } from "./model-attempt.js";
import { requestText } from "./request-text.js";
import { settleOf, untilOf } from "./shared-budget.js";
import { worstCase } from "./spending.js";

/** What holds for model calls without a policy. */
const USUAL_RETRY: RetryPlan = { max: 3, backoff: "exponential", initial: 200, cap: 30_000, jitter: "full" };

/** The agent's next model call, `~m`: from the record where it has ended, else sent until it answers or its policy gives up (I34). */
export async function callModel(run: AgentRun, request: ModelRequest): Promise<ModelAnswer> {
  const { frame, agent, progress } = run;
  const model = agent.models[progress.model];
  if (model === undefined) throw new TypeError(`the agent ${agent.name} has no model ${progress.model}`);
  progress.calls += 1;
  const text = requestText(model.name, request);
  const call: ModelCall = {
    path: `${run.path}~${progress.calls}`,
    model,
    request,
    reqHash: hash("sha256", text, "base64url"),
    worst: worstCase(frame.run.ctx.ports, model.plan, text.length),
  };
  const record = readRecord(frame.run.past?.get(call.path)?.events ?? []);
  spend(progress, record.usage, record.usd);
  // I7: never asked again. An operator may let the run go on with what is recorded.
  if (record.reqHash !== null && record.reqHash !== call.reqHash) {
    await incident({ ...frame, scope: openScope(null) }, call.path, "nondeterminism", "it would now be asked something else than the journal says");
  }
  return fromRecord(record) ?? (await send(run, call, record));
}

function fromRecord(record: CallRecord): ModelAnswer | null {
  if (record.refused !== null) throw new StepError("budget", record.refused);
  if (record.failed !== null) throw new StepError(record.failed.code, record.failed.message);
  return record.answer;
}

async function send(run: AgentRun, call: ModelCall, record: CallRecord): Promise<ModelAnswer> {
  const { frame } = run;
  const { clock, random } = frame.run.ctx.ports;
  const retry = run.policy?.plan.retry ?? USUAL_RETRY;
  if (record.lost !== null) settleLost(run, call, record.lost, record.attempts);
  if (record.retryAt !== null) await pauseUntil(frame, call.path, record.retryAt);
  let { failures } = record;
  for (let attempt = record.attempts + 1; ; attempt += 1) {
    const end = await modelAttempt(run, call, attempt);
    if ("answer" in end) return end.answer;
    const { error, charge, index } = end;
    failures += 1;
    const failed = { error: flowError(error, call.path, attempt), ...charge };
    const retryAt = isRetryable(retry, error.code, failures, true) ? clock.now() + delayBefore(retry, failures, random, error.retryAfterMs) : null;
    // A provider may say "tomorrow" to an agent that has a minute: another model can answer now.
    if (retryAt === null || (hasNextModel(run) && endsBy(frame.scope, retryAt))) {
      append(frame.run, "model.failed", call.path, failed, index);
      throw error;
    }
    append(frame.run, "model.failed", call.path, { ...failed, retryAt }, index);
    await pauseUntil(frame, call.path, retryAt);
  }
}

/** I34: a process ended between the intent and the answer. It may have been paid for, so it is settled at its reservation. */
function settleLost({ frame, progress }: AgentRun, { path, worst }: ModelCall, { usd, budget }: NonNullable<CallRecord["lost"]>, attempt: number): void {
  const { run } = frame;
  const error = { code: CUT_OFF, message: "the process ended before the model's answer was recorded", step: path, attempts: attempt };
  // A budget over runs has held back as much as that.
  const index = budget === undefined ? undefined : [settleOf({ scope: budget, until: untilOf(budget) }, path, { usage: worst.usage, usd })];
  append(run, "model.failed", path, { error, usage: worst.usage, usd, unknown: true, retryAt: run.ctx.ports.clock.now() }, index);
  spend(progress, worst.usage, usd);
  spend(run.spending, worst.usage, usd);
}
