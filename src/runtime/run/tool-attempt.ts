import { InfraError, StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import type { Path } from "../../core/run-id.js";
import type { Tool } from "../../core/ports/tool.js";
import { breakerOf } from "../policy/shared.js";
import { type ActiveRun, append } from "./active-run.js";
import { attempt, GRACE_MS } from "./attempt.js";
import { codeOf } from "./code.js";
import { heedDeadlines } from "./deadline.js";
import type { Frame } from "./frame.js";
import { JournalLost } from "./journal.js";
import type { Output } from "./ready.js";
import { isControl } from "./raised.js";
import { takeTurn } from "./take-turn.js";
import { throwIfCancelled, type Scope } from "./scope.js";
import type { ToolRequest } from "./tool-request.js";

export interface ToolCall {
  readonly frame: Frame;
  readonly path: Path;
  readonly request: ToolRequest;
  readonly inHash: string;
}

interface Attempt {
  readonly number: number;
  /** What ends the waiting for a place. */
  readonly within: Scope;
  /** Made to find out what a hidden outcome was: a cancellation does not reach it. */
  readonly shielded: boolean;
  /** When all attempts together are over; null without a limit. */
  readonly due: number | null;
  /** Asked when its turn has come: whether it is still safe to send it. */
  mayBegin(): boolean;
}

/** `late`: it was not sent, for it was no longer safe when its turn came. */
export type AttemptEnd = { readonly output: Output } | { readonly error: StepError } | { readonly late: true };

/** Intent, barrier, call (I3, I4), with a place and the breaker of its policy. */
export async function attemptTool(call: ToolCall, of: Attempt): Promise<AttemptEnd> {
  const { policy, tool } = call.request;
  const { run } = call.frame;
  const { within } = of;
  let port: Tool;
  try {
    // Connected before the intent: what is not there has not been asked.
    port = await tool.connect(run);
  } catch (thrown) {
    if (isControl(thrown) || thrown instanceof InfraError) throw thrown;
    return { error: asStepError(thrown, false) };
  }
  const code = port.code === undefined || tool.file === null ? undefined : await codeOf(call.frame, call.path, tool.file, port.code);
  const timers = of.shielded ? null : heedDeadlines(run, within);
  if (timers !== null) await timers;
  // Nothing recorded is read again, where that is known in time. What a write takes is taken with its intent, but for a place in a rate.
  const waits = policy?.plan.rate !== undefined || (tool.plan.effect !== "write" && run.ctx.isNew !== true);
  const admitted = waits ? run.ctx.admitted?.() : undefined;
  if (admitted !== undefined) await admitted;
  if (policy !== null) return await underPolicy(call, of, port, code, policy);
  throwIfCancelled(within);
  return of.mayBegin() ? await act(call, of, port, code) : { late: true };
}

async function underPolicy(call: ToolCall, of: Attempt, port: Tool, code: string | undefined, policy: NonNullable<ToolRequest["policy"]>): Promise<AttemptEnd> {
  const { frame, path, request } = call;
  const { within } = of;
  const { ports, plan } = frame.run.ctx;
  let intent: Promise<void> | null = null;
  const intend = (): void => {
    intent = intended(call, of, code);
    // Who waits for its place hears of it there.
    intent.catch(() => undefined);
  };
  const leave = await takeTurn(frame, path, within, policy, intendsEarly(request, of, policy.plan) ? intend : undefined);
  try {
    throwIfCancelled(within);
    if (!of.mayBegin()) return { late: true };
    const breaker = breakerOf(ports, plan.id, policy, request.tool.name);
    const refusal = breaker?.enter() ?? null;
    if (refusal !== null) {
      append(frame.run, "step.decided", path, { what: "breaker", value: of.number });
      return { error: refusal };
    }
    let end: AttemptEnd | null = null;
    try {
      end = await act(call, of, port, code, intent);
      return end;
    } finally {
      if (end === null) breaker?.abandon();
      else if ("error" in end && (end.error.code === "unavailable" || end.error.code === "timeout")) breaker?.fail();
      else breaker?.succeed();
    }
  } finally {
    leave?.();
  }
}

/**
 * Its intent is made durable while it waits for its place, which is idle meanwhile otherwise: where that is known to come,
 * and a crash in between is settled by its key.
 */
const intendsEarly = ({ tool, onUnknown }: ToolRequest, { shielded }: Attempt, { rate, breaker }: PolicyPlan): boolean =>
  tool.plan.effect === "write" && !shielded && rate === undefined && breaker === undefined && tool.plan.idempotency.kind !== "none" && (onUnknown === null || onUnknown === "retry");

/** The intent, once it is durable. */
async function intended({ frame: { run }, path, request, inHash }: ToolCall, { number }: Attempt, code: string | undefined): Promise<void> {
  const { input, key } = request;
  throwIfDropped(run);
  append(run, "step.started", path, { kind: "tool", effect: "write", attempt: number, inHash, input, key, ...(code === undefined ? {} : { code }) });
  await run.ctx.journal.barrier();
}

/** Out of memory while it waited for a place, or its intent for the disk: whoever has it now writes and asks for itself. */
function throwIfDropped(run: ActiveRun): void {
  if (run.dropped) throw new JournalLost(`run ${run.ctx.run} was let go`);
}

async function act(call: ToolCall, of: Attempt, port: Tool, code: string | undefined, intent: Promise<void> | null = null): Promise<AttemptEnd> {
  const { frame, path, request } = call;
  const { number, due, shielded, within } = of;
  const { run } = frame;
  const { clock, observer } = run.ctx.ports;
  const { tool, input, key, policy } = request;
  const write = tool.plan.effect === "write";
  if (write) {
    await (intent ?? intended(call, of, code));
    // `tryTool` records that the attempt was not sent.
    if (!shielded && frame.scope.cancelled !== null) throw frame.scope.cancelled;
  }
  throwIfDropped(run);
  const left = due === null ? Infinity : Math.max(due - clock.now(), 0);
  const limit = Math.min(policy?.plan.timeout ?? Infinity, tool.longest ?? Infinity, left);
  const timeoutMs = limit < Infinity ? limit : shielded ? GRACE_MS : null;
  const log = (text: string): void => observer.log?.({ run: run.ctx.run, path, text });
  const send = (signal: AbortSignal): Promise<Json> => port.call({ input, key, attempt: number, ...(code === undefined ? {} : { code }), signal, log, run: { id: run.ctx.run, flow: run.ctx.plan.id, path, ...(run.ctx.traceparent === undefined ? {} : { traceparent: run.ctx.traceparent }) } });
  let raw: Json;
  try {
    raw = await attempt(run, shielded ? within : frame.scope, timeoutMs, send, write ? "finish" : "abort");
  } catch (thrown) {
    if (isControl(thrown)) throw thrown;
    return { error: asStepError(thrown instanceof StepError ? tool.failure(thrown) : thrown, write) };
  }
  try {
    return { output: tool.output(raw) };
  } catch (thrown) {
    // The answer cannot be used, but the write has happened: nothing is hidden, and nothing is tried again.
    return { error: asStepError(thrown, false) };
  }
}

function asStepError(thrown: unknown, write: boolean): StepError {
  if (!(thrown instanceof StepError)) {
    const message = messageOf(thrown);
    return write ? new StepError("unknown", message, { outcome: "unknown", cause: thrown }) : new StepError("unavailable", message, { cause: thrown });
  }
  if (write || thrown.outcome === "not_applied") return thrown;
  return new StepError(thrown.code, thrown.message, {
    cause: thrown,
    ...(thrown.data === undefined ? {} : { data: thrown.data }),
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
  });
}
