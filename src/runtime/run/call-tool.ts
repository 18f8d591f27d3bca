import { hash } from "node:crypto";
import { StepError } from "../../core/errors.js";
import { canonicalJson, type Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { delayBefore } from "../policy/backoff.js";
import { isRetryable } from "../policy/retryable.js";
import { breakerOf, semaphoreOf } from "../policy/shared.js";
import { append } from "./active-run.js";
import { attempt } from "./attempt.js";
import { checkInput, computeTool, toOutput } from "./tool-data.js";
import type { Frame } from "./frame.js";
import { incident } from "./incident.js";
import { pause } from "./pause.js";
import { flowError, isControl, Raised } from "./raised.js";
import type { Output } from "./ready.js";
import { throwIfCancelled } from "./scope.js";
import type { ToolRequest } from "./tool-request.js";
import { verify } from "./verify.js";

/**
 * The one way to an effect: what the journal holds of this path is returned; else intent, act, result (I3, I4, I7).
 * A write whose outcome is hidden is settled before the error goes on to any `catch` (I20, SEMANTICS §5).
 */
export async function callTool(frame: Frame, path: Path, request: ToolRequest): Promise<Output> {
  const { run } = frame;
  const { tool } = request;
  if (tool.value !== null) return computeTool(frame, tool, tool.value, request.input);
  checkInput(tool, request.input);
  const inHash = hash("sha256", canonicalJson(request.input), "base64url");
  const past = run.past?.get(path)?.events ?? [];
  for (const event of past) {
    if (event.type === "step.completed") return event.data.inHash === undefined || event.data.inHash === inHash ? event.data.output : changed(frame, path);
    if (event.type === "step.failed" && event.data.retryAt === undefined) throw new Raised(event.data.error, path);
  }
  const started = run.ctx.ports.clock.monotonic();
  const done = await attempts(frame, path, request, inHash, past.filter((event) => event.type === "step.started").length);
  const ms = Math.round(run.ctx.ports.clock.monotonic() - started);
  const output = toOutput(tool, done.output);
  append(run, "step.completed", path, { attempt: done.attempt, inHash, ms, ...(output === undefined ? {} : { output }) });
  if (frame.info !== null) run.notes.set(path, { attempts: done.attempt, ms, usd: 0 });
  return output;
}

/** I7: the recorded result belongs to another input. */
function changed(frame: Frame, path: Path): Promise<Json> {
  return incident(frame, path, "nondeterminism", "its input differs from the recorded one");
}

async function attempts(frame: Frame, path: Path, request: ToolRequest, inHash: string, before: number): Promise<{ readonly output: Json; readonly attempt: number }> {
  const { run } = frame;
  const { tool, policy } = request;
  const retry = policy?.plan.retry;
  const write = tool.plan.effect === "write";
  const repeatable = !write || tool.plan.idempotency.kind !== "none";
  let hidden = write && before > 0;
  if (hidden && !repeatable) {
    // I21: an intent without outcome, found on recovery: not repeated.
    const settled = await settle(frame, path, request, before);
    if (settled !== null) return { output: settled, attempt: before };
    hidden = false;
  }
  for (let number = before + 1; ; number++) {
    throwIfCancelled(frame.scope);
    if (write) {
      append(run, "step.started", path, { kind: "tool", effect: "write", attempt: number, inHash, input: request.input, key: request.key });
      await run.ctx.journal.barrier();
    }
    const failure = await once(frame, path, request, number);
    if ("output" in failure) return { output: failure.output, attempt: number };
    const { error } = failure;
    hidden ||= write && error.outcome === "unknown";
    if (isRetryable(retry, error.code, number, repeatable) && (repeatable || error.outcome === "not_applied")) {
      const delay = retry === undefined ? 0 : delayBefore(retry, number, run.ctx.ports.random, error.retryAfterMs);
      append(run, "step.failed", path, { attempt: number, error: flowError(error, path, number), outcome: error.outcome, retryAt: run.ctx.ports.clock.now() + delay });
      await pause(frame, delay);
      continue;
    }
    if (hidden) {
      const settled = await settle(frame, path, request, number);
      if (settled !== null) return { output: settled, attempt: number };
    }
    throw end(frame, path, error, number);
  }
}

/** The failure that ends the step, recorded as its terminal event. */
function end(frame: Frame, path: Path, error: StepError, number: number): Raised {
  const raised = new Raised(flowError(error, path, number), path);
  append(frame.run, "step.failed", path, { attempt: number, error: raised.error, outcome: "not_applied" });
  if (frame.info !== null) frame.run.notes.set(path, { attempts: number, ms: 0, usd: 0 });
  return raised;
}

async function once(frame: Frame, path: Path, { tool, input, key, policy }: ToolRequest, number: number): Promise<{ readonly output: Json } | { readonly error: StepError }> {
  const { run } = frame;
  const { ports, plan } = run.ctx;
  const write = tool.plan.effect === "write";
  const breaker = policy === null ? null : breakerOf(ports, plan.id, policy, tool.name);
  const place = policy === null ? null : semaphoreOf(ports, plan.id, policy);
  const leave = place === null ? null : await place.take();
  try {
    throwIfCancelled(frame.scope);
    breaker?.enter();
    const port = await ports.tool(plan, tool.name);
    const timeoutMs = policy?.plan.timeout ?? null;
    const output = await attempt(
      frame,
      timeoutMs,
      (signal) => port.call({ input, key, attempt: number, signal, timeoutMs, log: () => undefined, run: { id: run.ctx.run, flow: plan.id, path } }),
      { abortOnCancel: !write },
    );
    breaker?.succeed();
    return { output };
  } catch (thrown) {
    if (isControl(thrown)) {
      breaker?.abandon();
      throw thrown;
    }
    const error = asStepError(thrown, write);
    if (error.code === "unavailable" || error.code === "timeout") breaker?.fail();
    else breaker?.succeed();
    return { error };
  } finally {
    leave?.();
  }
}

function asStepError(thrown: unknown, write: boolean): StepError {
  if (thrown instanceof StepError) return thrown.outcome === "unknown" && !write ? new StepError(thrown.code, thrown.message, { outcome: "not_applied", cause: thrown, ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }) }) : thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StepError("unavailable", message, { outcome: write ? "unknown" : "not_applied", cause: thrown });
}

/** I20: the write's output where it has happened, null where it has not; an incident where nobody can tell. */
async function settle(frame: Frame, path: Path, request: ToolRequest, number: number): Promise<Json | null> {
  const { tool } = request;
  const repeatable = tool.plan.idempotency.kind !== "none";
  switch (request.onUnknown ?? (repeatable ? "retry" : "fail")) {
    // Outside a saga `retry` ends with the policy's last attempt, then its code is raised (LANGUAGE §6).
    case "retry":
      return null;
    case "verify":
      return verify(frame, path, request, number, callTool);
    case "fail":
      return incident(frame, path, "unknown", `whether \`${tool.name}\` was applied is unknown after attempt ${number}`);
  }
}
