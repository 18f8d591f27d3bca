import type { DeadLetterRow } from "../../core/ports/store.js";
import type { Refusal } from "./publish.js";

/** A message that the broker will never take, kept as a dead letter so that it is not lost. */
export const refusedRow = (flow: string, at: number, { message: { id, topic, key, body }, reason }: Refusal): DeadLetterRow => ({
  id,
  flow,
  at,
  letter: { raw: body, error: { code: "limit", message: reason }, source: { topic, id }, key, attempts: 1, redrives: 0, run: id.slice(0, id.indexOf("/")) },
});
