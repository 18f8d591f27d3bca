import { rawOf } from "../../core/bytes.js";
import type { MessageSource } from "../../core/event.js";
import { isJsonObject, type JsonObject } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import { keptHeaders } from "../../core/redrive-headers.js";
import type { Refusal } from "./publish.js";

/** For who watches the process: the run goes on, and nobody hears of it else. */
export const noticeOf = ({ message: { topic }, reason }: Refusal): string => `a message to \`${topic}\` is a dead letter: ${reason}`;

/** A message that the broker will never take, kept as a dead letter so that it is not lost. On its topic it has no place: its offset is empty. */
export function refusedRow(flow: string, at: number, { message: { id, topic, key, headers, body }, reason }: Refusal): DeadLetterRow {
  // A letter that its topic does not take is the letter that it was.
  const letter = LETTER.test(id) ? letterIn(body) : null;
  if (letter !== null) return { id, flow, at, letter };
  const kept = keptHeaders(headers);
  const source: MessageSource = { topic, partition: 0, offset: "", key, id, timestamp: at, ...(kept === null ? {} : { headers: kept }) };
  return { id, flow, at, letter: { ...rawOf(body), error: { code: "limit", message: reason }, source: { ...source }, key, attempts: 1, redrives: 0, run: id.slice(0, id.indexOf("/")) } };
}

/** As `letterId` makes it: the id of what a step emits has the step's path too. */
const LETTER = /^[a-z2-7]{26}\/dlq(?:\^\d+)?$/;

function letterIn(body: string | Uint8Array): JsonObject | null {
  const letter = typeof body === "string" ? parseJson(body) : null;
  return isJsonObject(letter) ? letter : null;
}
