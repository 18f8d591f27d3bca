import { BUILTIN_ERROR_CODES, type FlowError, StepError } from "../../core/errors.js";
import type { MessageSource } from "../../core/event.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { RunId } from "../../core/run-id.js";
import { decode } from "../trigger/decode.js";

/** What belongs to which request: whoever answers sends it back as it came. */
export const CORRELATION = "flowctl-correlation-id";
/** Where the answer is waited for. */
export const REPLY_TO = "flowctl-reply-to";
/** The code of an answer that is an error; its body is `{ message, data? }`. */
export const REPLY_ERROR = "flowctl-error";

export const correlationOf = (run: RunId, key: string): string => `${run}/${key}`;

/** Null: it is not one of ours. */
export function readCorrelation(text: string | undefined): { readonly run: RunId; readonly key: string } | null {
  const [run, key, more] = text?.split("/") ?? [];
  return run === undefined || run === "" || key === undefined || key === "" || more !== undefined ? null : { run, key };
}

/** What an answer is called in the journal, where it is a signal. Names that authors give hold no space. */
export const replyName = (key: string): string => `${REPLY}${key}`;
/** The key of the request that a signal answers; null: it is another signal. */
export const repliedKey = (name: string): string | null => (name.startsWith(REPLY) ? name.slice(REPLY.length) : null);
const REPLY = "reply to ";

/** As it stands in the journal: `{ output }` or `{ error }`. */
export function replyPayload(error: string | undefined, body: Json): Json {
  if (error === undefined) return { output: body };
  const { message, data } = isJsonObject(body) ? body : { message: body };
  return { error: { code: error, message: typeof message === "string" && message.trim() !== "" ? message : `the answer is the error \`${error}\``, ...(data === undefined ? {} : { data }) } };
}

/** The body of an answer that is an error. What is no JSON is its message, or nothing: the code in the header says what counts. */
export function saidWith(body: Uint8Array | string): Json {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    return decode(text);
  } catch {
    return text;
  }
}

export const isErrorReply = (payload: Json): boolean => isJsonObject(payload) && payload["error"] !== undefined;

/** The output that an answer holds; throws StepError for an error: an answer that says no was not applied. */
export function outputOf(payload: Json, declared: ReadonlySet<string>): Json {
  const { output = null, error } = isJsonObject(payload) ? payload : {};
  if (!isJsonObject(error)) return output;
  const code = String(error.code);
  const known = declared.has(code) || PASSED.has(code);
  throw new StepError(known ? code : "refused", `${known ? "" : `${code}: `}${String(error.message)}`, error.data === undefined ? {} : { data: error.data });
}

/** Errors of the other side that mean the same here. */
const PASSED: ReadonlySet<string> = new Set<(typeof BUILTIN_ERROR_CODES)[number]>(["unavailable", "rate_limit", "refused", "invalid_input"]);

/** Which of a run's answers one is: who asked keeps the first of each id. */
export type Nth = "" | `^${number}` | `@${number}.${string}`;
/** Of a run that has failed and gone on so often (I6). */
export const afterReopened = (times: number): Nth => (times === 0 ? "" : `^${times}`);
/** Of the request that stands there: who asks again under one key sends another message. */
export const toRequestAt = ({ partition, offset }: Pick<MessageSource, "partition" | "offset">, reopened = 0): Nth => `@${partition}.${offset}${afterReopened(reopened)}`;

/** How a run ended, as its `run.finished` says it. */
export interface Ended {
  readonly status: string;
  readonly output?: Json | undefined;
  readonly error?: FlowError | null | undefined;
}
/** What an answer says of it. */
export type End = { readonly output: Json } | { readonly error: Pick<FlowError, "code" | "message" | "data"> };

export const endOf = ({ status, output, error }: Ended): End => (status === "completed" ? { output: output ?? null } : { error: error ?? { code: status, message: `the run was ${status}` } });

/** What an answer has in its header: what the request had there, else its id. */
export const correlationWith = ({ correlation, id }: { readonly correlation?: string | undefined; readonly id: string }): string => correlation ?? id;

/** The answer of a flow: its value, or how it failed. One for each request, whichever process publishes it how often. */
export function answerTo({ key, id: asked, correlation, traceparent }: Pick<MessageSource, "key" | "id" | "correlation" | "traceparent">, topic: string, run: RunId, end: End, nth: Nth): TextMessage {
  const id = `${run}/reply${nth}`;
  const error = "error" in end ? end.error : null;
  const headers = { "flowctl-id": id, "flowctl-run": run, [CORRELATION]: correlationWith({ id: asked, correlation }), ...(error === null ? {} : { [REPLY_ERROR]: error.code }), ...(traceparent === undefined ? {} : { traceparent }) };
  const body = "output" in end ? end.output : { message: end.error.message, ...(end.error.data === undefined ? {} : { data: end.error.data }) };
  return { topic, key, id, headers, body: JSON.stringify(body) };
}
