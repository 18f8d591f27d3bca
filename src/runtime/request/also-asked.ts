import type { MessageSource } from "../../core/event.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { InboxRow, IndexOp, RunRequest } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { answerTo, type End, type Ended, endOf, toRequestAt } from "./reply.js";

/** The signal that a run has of each further request of its key: its end answers them all. Names that authors give hold no space. */
export const ALSO_ASKED = "request of the same key";

/** As it stands in the journal. */
export const askedWith = (reply: string, { partition, offset, key, id, correlation, traceparent }: MessageSource): Json => ({ reply, partition, offset, key, id, ...(correlation === undefined ? {} : { correlation }), ...(traceparent === undefined ? {} : { traceparent }) });

export const isAlsoAsked = (request: RunRequest): request is RunRequest & { readonly kind: "signal" } => request.kind === "signal" && request.name === ALSO_ASKED;

/** The answer to one of them. `reopened`: how often the run has gone on after it had failed, and had answered (I6). */
export function answerToAlso(payload: Json, run: RunId, end: End, reopened: number): TextMessage | null {
  if (!isJsonObject(payload)) return null;
  const { reply, partition, offset, key, id, correlation, traceparent } = payload;
  if (typeof reply !== "string" || typeof partition !== "number" || typeof offset !== "string" || typeof id !== "string") return null;
  const source = { key: typeof key === "string" ? key : null, id, ...(typeof correlation === "string" ? { correlation } : {}), ...(typeof traceparent === "string" ? { traceparent } : {}) };
  return answerTo(source, reply, run, end, toRequestAt({ partition, offset }, reopened));
}

/** One that came when the run had ended: its answer goes with the event about it. */
export function lateAnswer({ run, request }: Pick<InboxRow, "run" | "request">, ended: Ended | undefined): readonly IndexOp[] {
  const message = ended === undefined || !isAlsoAsked(request) ? null : answerToAlso(request.payload, run, endOf(ended), 0);
  return message === null ? [] : [{ op: "outbox.put", message }];
}
