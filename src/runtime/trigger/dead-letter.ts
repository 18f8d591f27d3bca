import { bytesRaw, rawOf, type Raw } from "../../core/bytes.js";
import type { FlowError } from "../../core/errors.js";
import type { MessageSource } from "../../core/event.js";
import type { Json, JsonObject } from "../../core/json.js";
import type { Delivery, TextMessage } from "../../core/ports/bus.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import { LETTER_OF } from "../../core/redrive-headers.js";
import type { RunId } from "../../core/run-id.js";
import { errorJson } from "../error-json.js";
import { byMessage, runIdOf } from "./identity.js";
import { lastRunOf, redrivesOf, sourceOf } from "./candidate.js";
import type { Poison } from "./poison.js";

/** Its id is made of the message's, so that a repetition is seen as one. */
export interface DeadLetter {
  readonly id: string;
  readonly key: string | null;
  readonly letter: JsonObject;
  /** For people, in one sentence; null where the events of its run say it. */
  readonly notice: string | null;
}

export function deadLetterOf(flow: string, { delivery, error, message }: Poison): DeadLetter {
  return {
    id: `${runIdOf(flow, byMessage(delivery), 0, redrivesOf(delivery))}/dlq`,
    key: delivery.key,
    letter: letter({ message, ...rawOfDelivery(delivery), error, source: sourceOf(delivery, delivery.key), attempts: delivery.attempt, redrives: redrivesOf(delivery), run: lastRunOf(delivery) }),
    notice: `a message of \`${delivery.topic}\` (${delivery.partition}/${delivery.offset}) is a dead letter: ${error.code}: ${error.message}`,
  };
}

/** The message of a run that failed with anything but one of its own `fail` codes. `reopened`: how often the run has failed and gone on. */
export function deadLetterOfRun(run: RunId, error: FlowError, message: Json, source: MessageSource, attempts: number, redrives: number, delivery: Delivery | null, reopened = 0): DeadLetter {
  return {
    id: letterId(run, reopened),
    key: source.key,
    letter: letter({ message, ...(delivery === null ? { raw: JSON.stringify(message) } : rawOfDelivery(delivery)), error, source, attempts, redrives, run }),
    notice: null,
  };
}

/** I6: who keeps letters by their ids has not had the one of a run that has failed anew. */
export const letterId = (run: RunId, reopened: number): string => `${run}/dlq${reopened === 0 ? "" : `^${reopened}`}`;

/** Of a topic with a format the very bytes: as text it would be encoded again when it is sent again. */
const rawOfDelivery = ({ body, content }: Delivery): Raw => (content === undefined || typeof body === "string" ? rawOf(body) : bytesRaw(body));

interface Parts extends Raw {
  readonly message: Json | undefined;
  readonly error: FlowError;
  readonly source: MessageSource;
  readonly attempts: number;
  readonly redrives: number;
  /** The last one that the message made. */
  readonly run: RunId | undefined;
}

const letter = ({ message, raw, encoding, error, source, attempts, redrives, run }: Parts): JsonObject => ({
  ...(message === undefined ? {} : { message }),
  raw,
  ...(encoding === undefined ? {} : { encoding }),
  error: errorJson(error),
  source: { ...source },
  key: source.key,
  attempts,
  redrives,
  ...(run === undefined ? {} : { run }),
});

export const asMessage = ({ id, key, letter }: DeadLetter, flow: string, topic: string): TextMessage => ({
  topic,
  key,
  id,
  headers: { "flowctl-id": id, "flowctl-run": id.slice(0, id.indexOf("/")), [LETTER_OF]: flow },
  body: JSON.stringify(letter),
});

export const asRow = ({ id, letter }: DeadLetter, flow: string, at: number): DeadLetterRow => ({ id, flow, at, letter });
