import type { FlowError } from "../../core/errors.js";
import type { MessageSource } from "../../core/event.js";
import type { Json, JsonObject } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Delivery, Outgoing } from "../../core/ports/bus.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { RuntimePorts } from "../ports.js";
import { messageId } from "./run-id.js";

/** A message that could not be handled, with the reason (LANGUAGE §8): for the topic's dlq, or for the store where it has none. */
export interface DeadLetter {
  readonly id: string;
  readonly topic: string | null;
  readonly key: string | null;
  readonly letter: JsonObject;
}

export interface Letter {
  readonly message?: Json;
  readonly raw: string;
  readonly error: FlowError;
  readonly source: MessageSource;
  readonly attempts: number;
  readonly redrives: number;
  readonly run?: RunId;
}

export function deadLetter(plan: FlowPlan, { message, raw, error, source, attempts, redrives: redriven, run }: Letter): DeadLetter {
  return {
    id: `${plan.id}/${source.topic}/${source.partition}/${source.offset}@${source.timestamp}/dead${redriven === 0 ? "" : redriven}`,
    topic: plan.topics[source.topic]?.dlq ?? null,
    key: source.key,
    letter: {
      ...(message === undefined ? {} : { message }),
      raw,
      error: errorJson(error),
      source: { ...source },
      key: source.key,
      attempts,
      redrives: redriven,
      ...(run === undefined ? {} : { run }),
    },
  };
}

const errorJson = ({ code, message, step, attempts, data, cause }: FlowError): JsonObject => ({
  code,
  message,
  ...(step === undefined ? {} : { step }),
  ...(attempts === undefined ? {} : { attempts }),
  ...(data === undefined ? {} : { data }),
  ...(cause === undefined ? {} : { cause: errorJson(cause) }),
});

export const sourceOf = (delivery: Delivery, key: string | null): MessageSource => ({
  topic: delivery.topic,
  partition: delivery.partition,
  offset: delivery.offset,
  key,
  id: messageId(delivery),
  timestamp: delivery.timestamp,
});

/** As a message of the dlq; null where the topic names none. */
export const asMessage = ({ id, topic, key, letter }: DeadLetter): Outgoing | null =>
  topic === null ? null : { topic, key, id, headers: { "flowctl-id": id }, body: JSON.stringify(letter) };

export const asRow = (flow: string, at: number, { id, letter }: DeadLetter): DeadLetterRow => ({ id, flow, at, letter });

/** Resolves when every letter is at its dlq or in the store: then their messages may be acknowledged. */
export async function bury(letters: readonly DeadLetter[], flow: string, { bus, store, clock }: RuntimePorts, publish: (messages: readonly Outgoing[]) => Promise<void>): Promise<void> {
  const messages = bus === null ? [] : letters.flatMap((letter) => asMessage(letter) ?? []);
  const rows = letters.filter(({ topic }) => bus === null || topic === null).map((letter) => asRow(flow, clock.now(), letter));
  if (rows.length > 0) await store.putDeadLetters(rows);
  if (messages.length > 0) await publish(messages);
}
