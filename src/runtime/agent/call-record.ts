import type { FlowError } from "../../core/errors.js";
import type { RunEvent, Usage } from "../../core/event.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { ModelAnswer, ToolCallRequest } from "../../core/ports/model.js";
import { toolCallJson } from "./request-text.js";

/** What the journal of earlier processes holds of one model call. */
export interface CallRecord {
  /** Of the request that was sent. */
  readonly reqHash: string | null;
  readonly attempts: number;
  /** Attempts that ended by an error of their own: what a policy counts. A crash or a cancellation is none. */
  readonly failures: number;
  readonly answer: ModelAnswer | null;
  /** The failure that ended the call. */
  readonly failed: FlowError | null;
  /** The budget had no room for it (I8). */
  readonly refused: string | null;
  readonly retryAt: number | null;
  /** Sent, and nobody knows what came of it: its reservation in USD, and the budget over runs that it counts in. */
  readonly lost: { readonly usd: number; readonly budget?: string } | null;
  readonly usage: Usage;
  readonly usd: number;
}

/** Not an error of the call: it was cut off from outside, and asking again is no retry. */
export const CUT_OFF = "unknown";

export function readRecord(events: readonly RunEvent[]): CallRecord {
  const record = { reqHash: null, attempts: 0, failures: 0, answer: null, failed: null, refused: null, retryAt: null, lost: null, usage: { in: 0, out: 0 }, usd: 0 };
  return events.reduce<CallRecord>(add, record);
}

function add(record: CallRecord, event: RunEvent): CallRecord {
  switch (event.type) {
    case "model.started":
      return { ...record, reqHash: event.data.reqHash, attempts: event.data.attempt, lost: { usd: event.data.reserve.usd, ...(event.data.budget === undefined ? {} : { budget: event.data.budget }) }, retryAt: null };
    case "model.completed":
      return { ...spent(record, event.data), lost: null, answer: answerOf(event.data.answer, event.data.usage, event.data.finish) };
    case "model.failed": {
      const { error, retryAt } = event.data;
      const ended = { ...spent(record, event.data), lost: null, failures: record.failures + (error.code === CUT_OFF ? 0 : 1) };
      return retryAt === undefined ? { ...ended, failed: error } : { ...ended, retryAt };
    }
    case "step.decided":
      return event.data.what === "budget" && typeof event.data.value === "string" ? { ...record, refused: event.data.value } : record;
    default:
      return record;
  }
}

const spent = (record: CallRecord, { usage, usd }: { readonly usage?: Usage; readonly usd?: number }): CallRecord => ({
  ...record,
  usage: { in: record.usage.in + (usage?.in ?? 0), out: record.usage.out + (usage?.out ?? 0) },
  usd: record.usd + (usd ?? 0),
});

/** What `model.completed` holds of an answer; usage and finish stand beside it. */
export const recordedAnswer = ({ text, toolCalls }: ModelAnswer): Json => ({ text, toolCalls: toolCalls.map(toolCallJson) });

function answerOf(answer: Json, usage: Usage, finish: string): ModelAnswer {
  const { text, toolCalls } = isJsonObject(answer) ? answer : {};
  return {
    text: typeof text === "string" ? text : "",
    toolCalls: Array.isArray(toolCalls) ? toolCalls.map(toolCallOf) : [],
    usage,
    finish: FINISHES.find((known) => known === finish) ?? "stop",
  };
}

const FINISHES = ["stop", "tools", "length", "filter"] as const;

function toolCallOf(call: Json): ToolCallRequest {
  const { id, name, args, raw } = isJsonObject(call) ? call : {};
  return { id: String(id), name: String(name), args: args ?? null, ...(typeof raw === "string" ? { raw } : {}) };
}
