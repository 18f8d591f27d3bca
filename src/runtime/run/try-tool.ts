import { type FlowError, StepError } from "../../core/errors.js";
import type { EventMap } from "../../core/event.js";
import { delayBefore } from "../policy/backoff.js";
import { isRetryable } from "../policy/retryable.js";
import { INSISTENCE, isCaught, isTimed } from "../saga/insist.js";
import { append } from "./active-run.js";
import { incident } from "./incident.js";
import { openDeadline, overMessage } from "./deadline.js";
import { pauseUntil } from "./pause.js";
import { flowError, Raised } from "./raised.js";
import type { Output } from "./ready.js";
import { Cancelled, openScope, throwIfCancelled, type Scope } from "./scope.js";
import { type Ask, settle, type Settled } from "./settle.js";
import { attemptTool, type ToolCall } from "./tool-attempt.js";
import type { ToolRecord } from "./tool-record.js";

export type ToolEnd = { readonly attempt: number } & ({ readonly output: Output } | { readonly skipped: true } | { readonly raised: Raised });

/** Attempts until one succeeds or the policy gives up; what a write hid is settled in between (I20, I21). */
export async function tryTool(call: ToolCall, record: ToolRecord, ask: Ask): Promise<ToolEnd> {
  const { frame, path, request } = call;
  const limit = request.timeout === null || !isTimed(frame) ? null : openDeadline(frame, path, request.timeout, "timeout");
  const efforts: Efforts = { call, ask, limit, recorded: record.attempt, number: record.attempt, used: record.used, firstAt: record.firstAt, doubt: request.onUnknown === "again" ? null : record.doubt, retryAt: record.retryAt, verified: record.verified };
  try {
    if (forgets(request)) efforts.firstAt = (await frame.run.ctx.firstSent?.(request.key)) ?? efforts.firstAt;
    // What operators said when nothing helped, in the order in which they were asked.
    for (let asked = 0; asked < record.stuck; asked += 1) {
      const said = await byOperator(efforts, "");
      if (said !== null) return said;
    }
    // Those since the last of them are in the record.
    efforts.used = record.used;
    for (;;) {
      const doubted = efforts.doubt === null ? null : await settleDoubt(efforts, efforts.doubt);
      if (doubted !== null && doubted !== "ordered") return doubted;
      const ordered = doubted === "ordered";
      // What may have happened is found out by trying again, also when nobody waits for it any more (I28).
      const shielded = efforts.doubt !== null || ordered;
      const within: Scope = shielded ? openScope(null) : (limit?.scope ?? frame.scope);
      if (efforts.retryAt !== null) await pauseUntil({ ...frame, scope: within }, path, efforts.retryAt);
      efforts.retryAt = null;
      // I10: the tool may have forgotten its key meanwhile, and while it waits for its turn.
      const isSafe = (): boolean => ordered || efforts.doubt === null || isRepeatable(efforts);
      if (!isSafe()) continue;
      // I28: a write of a saga that may have happened is settled whatever the time.
      const settling = efforts.doubt !== null && frame.undo !== null;
      if (!ordered && !settling && isOver(efforts)) return terminal(efforts, timeoutOf(efforts), efforts.doubt !== null);
      throwIfCancelled(within);

      efforts.number += 1;
      const mayBegin = (): boolean => {
        if (!isSafe()) return false;
        efforts.firstAt ??= frame.run.ctx.ports.clock.now();
        return true;
      };
      const end = await attemptTool(call, { number: efforts.number, within, shielded, due: ordered || settling ? null : (limit?.due ?? null), mayBegin });
      if ("late" in end) {
        efforts.number -= 1;
        continue;
      }
      if ("output" in end) return { attempt: efforts.number, output: end.output };
      const given = failed(efforts, end.error);
      const last = given === null ? null : await given;
      if (last !== null) return last;
    }
  } catch (thrown) {
    if (!(thrown instanceof Cancelled)) throw thrown;
    // It was waiting for its turn or for the next attempt.
    if (isOver(efforts)) return terminal(efforts, timeoutOf(efforts), false);
    if (efforts.number > 0) append(frame.run, "step.cancelled", path, { reason: thrown.reason, outcome: "not_applied" });
    throw thrown;
  } finally {
    limit?.close();
  }
}

interface Efforts {
  readonly call: ToolCall;
  readonly ask: Ask;
  readonly limit: ReturnType<typeof openDeadline> | null;
  /** The last attempt that an earlier process made. */
  readonly recorded: number;
  /** The last attempt. */
  number: number;
  /** Attempts that ended by an error of their own. */
  used: number;
  firstAt: number | null;
  /** As in the record, kept up. */
  doubt: ToolRecord["doubt"];
  retryAt: number | null;
  verified: ToolRecord["verified"];
}

/** The end of the step, where finding out what became of a hidden write ends it; `ordered` where an operator says to try it once more. */
async function settleDoubt(efforts: Efforts, doubt: NonNullable<ToolRecord["doubt"]>): Promise<ToolEnd | "ordered" | null> {
  const { call, ask, recorded, number, retryAt, verified } = efforts;
  if (call.request.tool.isAnswered(call.frame.run, call.path, call.request.key)) {
    efforts.doubt = null;
    return "ordered";
  }
  const mode = modeOf(efforts, doubt);
  // Retries by policy come before `on_unknown`.
  if (mode === "retry" || (retryAt !== null && doubt !== "crash" && mayRetry(efforts, doubt.code, true))) return null;
  const settled: Settled = verified === null ? await settle(call.frame, call.path, call.request, mode, { number, isNew: number > recorded }, ask) : verdictOf(verified);
  efforts.verified = null;
  if (settled.is === "applied") return { attempt: number, output: settled.output };
  if (settled.is === "skipped") return { attempt: number, skipped: true };
  const ordered = settled.is === "again";
  if (!ordered && doubt !== "crash" && !mayRetry(efforts, doubt.code, false)) {
    const given = await giveUp(efforts, doubt, false);
    if (given !== null) return given;
  }
  efforts.doubt = null;
  return ordered ? "ordered" : null;
}

/** The end of the step, where its policy gives up and nothing is hidden; null where there is more to do. */
function failed(efforts: Efforts, thrown: StepError): ToolEnd | Promise<ToolEnd | null> | null {
  const { frame, path } = efforts.call;
  efforts.used += 1;
  // What an operator has to look at is no less so because the time is over.
  const error = isOver(efforts) && !mustBeTold(efforts, thrown.code) ? timeoutOf(efforts) : flowError(thrown, path, efforts.number);
  // An earlier attempt that may have happened stays in doubt.
  const settles = efforts.call.request.onUnknown !== "again";
  if (settles && (thrown.outcome === "unknown" || mustBeTold(efforts, thrown.code))) efforts.doubt = error;
  else if (hasAnswered(efforts, thrown.code)) efforts.doubt = null;
  const { doubt } = efforts;
  const again = mayRetry(efforts, thrown.code, doubt !== null) && (doubt !== null || frame.scope.cancelled === null);
  const hidden = doubt !== null || thrown.outcome === "unknown";
  if (!again && (doubt === null || modeOf(efforts, doubt) === "retry")) return giveUp(efforts, error, hidden);
  const retryAt = frame.run.ctx.ports.clock.now() + (again ? delayOf(efforts, thrown) : 0);
  append(frame.run, "step.failed", path, { attempt: efforts.number, error, outcome: hidden ? "unknown" : "not_applied", retryAt });
  efforts.retryAt = again ? retryAt : null;
  return null;
}

const verdictOf = ({ applied, output }: EventMap["step.verified"]): Settled =>
  applied ? { is: "applied", output: output ?? null } : { is: "not_applied" };

/** Its tool knows a key for some time only. */
const forgets = ({ tool: { plan: { idempotency } } }: ToolCall["request"]): boolean => "window" in idempotency && idempotency.window !== undefined;

/** A read, or a write that the tool recognises by its key: past the window of that it counts as none (I10). */
function isRepeatable({ call, firstAt }: Efforts): boolean {
  const { effect, idempotency } = call.request.tool.plan;
  if (effect === "read") return true;
  if (idempotency.kind === "none") return false;
  const window = "window" in idempotency ? idempotency.window : undefined;
  return window === undefined || firstAt === null || call.frame.run.ctx.ports.clock.now() - firstAt < window;
}

type Doubt = ToolRecord["doubt"];

/** `retry` needs idempotency; outside a saga it ends with the policy's last attempt, inside one an operator says what has happened. */
function modeOf(efforts: Efforts, doubt: Doubt): "retry" | "verify" | "fail" {
  const { frame, request } = efforts.call;
  if (doubt !== null && doubt !== "crash" && mustBeTold(efforts, doubt.code)) return "fail";
  if (request.onUnknown === "verify" || request.onUnknown === "fail") return request.onUnknown;
  if (!isRepeatable(efforts) || (frame.undo !== null && frame.must === null && efforts.used >= INSISTENCE.max)) return "fail";
  return "retry";
}

/** A write of a saga has happened, and its answer cannot be used: what it will be undone from is not known. */
const mustBeTold = ({ call: { frame, request } }: Efforts, code: string): boolean =>
  isUnusable(code) && request.tool.plan.effect === "write" && frame.undo !== null && frame.must === null;

/** It has answered, and the answer breaks its schema or is too large. */
export const isUnusable = (code: string): boolean => code === "invalid_output" || code === "limit";

/**
 * The tool itself refuses what is repeated under a key that it knows: so the attempts before were not applied either, or
 * it had answered with what they did. Being away or busy says nothing about them.
 */
const hasAnswered = (efforts: Efforts, code: string): boolean => {
  const { frame, request } = efforts.call;
  const asked = frame.undo !== null || frame.must !== null || request.tool.remembers;
  return asked && isRepeatable(efforts) && (code === "refused" || request.tool.plan.errors[code] !== undefined);
};

function mayRetry(efforts: Efforts, code: string, inDoubt: boolean): boolean {
  const { policy, tool } = efforts.call.request;
  // A write whose answer cannot be used has happened.
  if (isUnusable(code) && tool.plan.effect === "write") return false;
  const repeatable = isRepeatable(efforts);
  if (inDoubt && !repeatable) return false;
  return (!isOver(efforts) && isRetryable(policy?.plan.retry, code, efforts.used, repeatable)) || insists(efforts, code, inDoubt);
}

/** I28: what may have happened has to be known before it is undone. I31, I32: where there is no way back it is tried longer. */
function insists(efforts: Efforts, code: string, inDoubt: boolean): boolean {
  const { call, used } = efforts;
  const { frame, request } = call;
  if (used >= INSISTENCE.max) return false;
  if (frame.must !== null) return request.policy?.plan.retry === undefined && (inDoubt || isRetryable(INSISTENCE, code, used, isRepeatable(efforts)));
  return inDoubt && frame.undo !== null && (request.onUnknown === null || request.onUnknown === "retry");
}

function delayOf(efforts: Efforts, error: StepError): number {
  const { call, used } = efforts;
  const own = call.request.policy?.plan.retry;
  const retry = isRetryable(own, error.code, used, isRepeatable(efforts)) ? own : INSISTENCE;
  return retry === undefined ? 0 : delayBefore(retry, used, call.frame.run.ctx.ports.random, error.retryAfterMs);
}

/** The step's own time, over all attempts. */
const isOver = ({ limit }: Efforts): boolean => limit !== null && limit.scope.cancelled?.scope === limit.scope;

const timeoutOf = ({ call, number }: Efforts): FlowError => flowError(new StepError("timeout", overMessage(call.request.timeout ?? 0)), call.path, number);

/** Ends the step, but where there is no way back and nobody catches: there an operator says how it goes on. Null: it is tried again. */
function giveUp(efforts: Efforts, error: FlowError, unknown: boolean): ToolEnd | Promise<ToolEnd | null> {
  const { frame, path } = efforts.call;
  if (frame.must === null || isCaught(frame, error.code)) return terminal(efforts, error, unknown);
  append(frame.run, "step.failed", path, { attempt: efforts.number, error, outcome: unknown ? "unknown" : "not_applied", retryAt: frame.run.ctx.ports.clock.now() });
  return byOperator(efforts, error.message);
}

async function byOperator(efforts: Efforts, why: string): Promise<ToolEnd | null> {
  const { frame, path, request } = efforts.call;
  const phase = frame.must?.phase ?? "forward";
  const message = `\`${request.tool.name}\` did not succeed, and there is no way back${phase === "undo" ? ": the saga waits until this is undone" : " behind the pivot"}: ${why}`;
  const resolution = await incident({ ...frame, scope: openScope(null) }, path, phase, message);
  switch (resolution.action) {
    case "retry":
      efforts.used = 0;
      return null;
    case "skip":
      return { attempt: efforts.number, skipped: true };
    case "resolve":
      return { attempt: efforts.number, output: resolution.output };
  }
}

/** The failure that ends the step: its terminal event (I9). */
function terminal({ call, number }: Efforts, error: FlowError, unknown: boolean): ToolEnd {
  const { frame, path } = call;
  append(frame.run, "step.failed", path, { attempt: number, error, outcome: unknown ? "unknown" : "not_applied" });
  return { attempt: number, raised: new Raised(error, path, unknown) };
}
