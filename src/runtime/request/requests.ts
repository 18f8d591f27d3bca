import { StepError } from "../../core/errors.js";
import type { RunEvent } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import type { ToolPlan } from "../../core/plan/flow-plan.js";
import { type Bus, PublishRefused } from "../../core/ports/bus.js";
import type { Tool, ToolCall } from "../../core/ports/tool.js";
import { CORRELATION, correlationOf, outputOf, repliedKey, REPLY_TO } from "./reply.js";

/** Services behind topics as tools: the request is a message, and its answer is a signal of the run, durable before anybody sees it (I4). */
export interface Requests {
  tool(request: RequestPlan): Tool;
  /** An event of a run of this process is durable. */
  heard(event: RunEvent): void;
}

type RequestPlan = ToolPlan & { readonly kind: "request" };

export function createRequests(bus: Bus | null): Requests {
  /** By correlation: calls of one run with one `key` of their own wait for one answer. */
  const waiting = new Map<string, Set<(payload: Json) => void>>();

  async function send({ topic, reply, idempotency }: RequestPlan, { input, key, attempt, run }: ToolCall, correlation: string): Promise<void> {
    if (bus === null) throw new StepError("unavailable", `there is no broker to send to \`${topic}\``);
    const header = idempotency.kind === "header" ? { [idempotency.header.toLowerCase()]: key } : {};
    const headers = { "flowctl-id": correlation, "flowctl-run": run.id, [CORRELATION]: correlation, [REPLY_TO]: reply, "idempotency-key": key, ...header, ...(run.traceparent === undefined ? {} : { traceparent: run.traceparent }) };
    try {
      // A repeated request is another message for the broker, and the same one for who answers.
      await bus.publish([{ topic, key: key, id: `${correlation}/${attempt}`, headers, body: JSON.stringify(input) }]);
    } catch (thrown) {
      if (thrown instanceof PublishRefused) throw new StepError("invalid_input", `the broker does not take the request: ${thrown.message}`);
      throw new StepError("unavailable", `the request could not be sent to \`${topic}\`: ${messageOf(thrown)}`, { outcome: "unknown", cause: thrown });
    }
  }

  async function ask(request: RequestPlan, call: ToolCall): Promise<Json> {
    const declared = new Set(Object.keys(request.errors));
    // In one turn with the waiting below: it may have come while the call waited for its beginning.
    const heard = call.heard?.() ?? null;
    if (heard !== null) return outputOf(heard, declared);
    const correlation = correlationOf(call.run.id, call.key);
    const answer = Promise.withResolvers<Json>();
    const over = (): void => answer.reject(new StepError("timeout", `nothing on \`${request.reply}\` has answered in time`, { outcome: "unknown" }));
    const together = waiting.get(correlation) ?? new Set();
    waiting.set(correlation, together.add(answer.resolve));
    call.signal.addEventListener("abort", over, { once: true });
    // It is awaited below, or the sending has failed.
    answer.promise.catch(() => undefined);
    try {
      await send(request, call, correlation);
      return outputOf(await answer.promise, declared);
    } finally {
      call.signal.removeEventListener("abort", over);
      together.delete(answer.resolve);
      if (together.size === 0 && waiting.get(correlation) === together) waiting.delete(correlation);
    }
  }

  return {
    tool: (request) => ({ call: (call) => ask(request, call), [Symbol.asyncDispose]: () => Promise.resolve() }),
    heard(event) {
      if (event.type !== "signal.received") return;
      const key = repliedKey(event.data.name);
      const calls = key === null ? undefined : waiting.get(correlationOf(event.run, key));
      for (const heard of calls ?? []) heard(event.data.payload);
    },
  };
}
