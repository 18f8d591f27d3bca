import { InfraError, StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import type { Tool } from "../../core/ports/tool.js";
import { breakerOf, semaphoreOf } from "../policy/shared.js";
import { append } from "./active-run.js";
import { attempt, GRACE_MS } from "./attempt.js";
import { heedDeadlines } from "./deadline.js";
import { toOutput } from "./tool-data.js";
import type { Frame } from "./frame.js";
import type { Output } from "./ready.js";
import { isControl } from "./raised.js";
import { takePlace } from "./place.js";
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
}

export type AttemptEnd = { readonly output: Output } | { readonly error: StepError };

/** Intent, barrier, call (I3, I4). */
export async function attemptTool(call: ToolCall, of: Attempt): Promise<AttemptEnd> {
  const { frame, path, request } = call;
  const { within } = of;
  const { tool, policy } = request;
  const { ports, plan } = frame.run.ctx;
  // Connected before the intent: what is not there has not been asked.
  const connected = await ports.tool(plan, tool.name).catch(notConnected);
  if (connected instanceof StepError) return { error: connected };
  if (!of.shielded) await heedDeadlines({ ...frame, scope: within });
  const leave = policy === null ? undefined : await takePlace(semaphoreOf(ports, plan.id, policy), within);
  try {
    throwIfCancelled(within);
    const breaker = policy === null ? null : breakerOf(ports, plan.id, policy, tool.name);
    const refusal = breaker?.enter() ?? null;
    if (refusal !== null) {
      append(frame.run, "step.decided", path, { what: "breaker", value: of.number });
      return { error: refusal };
    }
    let end: AttemptEnd | null = null;
    try {
      await intend(call, of);
      end = await send(call, of, connected);
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

function notConnected(thrown: unknown): StepError {
  if (isControl(thrown) || thrown instanceof InfraError) throw thrown;
  return asStepError(thrown, false);
}

async function intend({ frame, path, request, inHash }: ToolCall, { number, shielded }: Attempt): Promise<void> {
  if (request.tool.plan.effect !== "write") return;
  append(frame.run, "step.started", path, { kind: "tool", effect: "write", attempt: number, inHash, input: request.input, key: request.key });
  await frame.run.ctx.journal.barrier();
  if (shielded || frame.scope.cancelled === null) return;
  // `tryTool` records that the attempt was not sent.
  throw frame.scope.cancelled;
}

async function send({ frame, path, request }: ToolCall, { number, due, shielded, within }: Attempt, port: Tool): Promise<AttemptEnd> {
  const { run } = frame;
  const { tool, input, key, policy } = request;
  const write = tool.plan.effect === "write";
  const left = due === null ? Infinity : Math.max(due - run.ctx.ports.clock.now(), 0);
  const limit = Math.min(policy?.plan.timeout ?? Infinity, left);
  const timeoutMs = limit < Infinity ? limit : shielded ? GRACE_MS : null;
  const call = (signal: AbortSignal): Promise<Json> => port.call({ input, key, attempt: number, signal, timeoutMs, log: (text) => run.ctx.ports.observer.log?.({ run: run.ctx.run, path, text }), run: { id: run.ctx.run, flow: run.ctx.plan.id, path } });
  let raw: Json;
  try {
    raw = await attempt(shielded ? { ...frame, scope: within } : frame, timeoutMs, call, write ? "finish" : "abort");
  } catch (thrown) {
    if (isControl(thrown)) throw thrown;
    return { error: asStepError(thrown, write) };
  }
  try {
    return { output: toOutput(tool, raw) };
  } catch (thrown) {
    // The answer cannot be used, but the write has happened: nothing is hidden, and nothing is tried again.
    return { error: asStepError(thrown, false) };
  }
}

function asStepError(thrown: unknown, write: boolean): StepError {
  if (!(thrown instanceof StepError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return write ? new StepError("unknown", message, { outcome: "unknown", cause: thrown }) : new StepError("unavailable", message, { cause: thrown });
  }
  if (write || thrown.outcome === "not_applied") return thrown;
  return new StepError(thrown.code, thrown.message, {
    cause: thrown,
    ...(thrown.data === undefined ? {} : { data: thrown.data }),
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
  });
}
