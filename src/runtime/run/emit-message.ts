import { StepError } from "../../core/errors.js";
import type { UndoRecord } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { keyTextOf } from "../../expr/evaluate/text-of.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { append, isJournaled, type ActiveRun } from "./active-run.js";
import { Bare } from "./bare.js";
import { outgoing } from "./outgoing.js";
import type { ReadyTopic } from "./ready.js";

/** I22: the id holds no attempt and no hash of the flow; the message is a row in the item of its event. Throws StepError for one that breaks its schema. */
export function emitMessage(run: ActiveRun, path: Path, topic: ReadyTopic, payload: Json, undo: (() => UndoRecord) | null): void {
  const problem = topic.check(payload);
  if (problem !== null) throw new StepError("invalid_input", `the message for \`${topic.name}\` breaks its schema: ${problem}`);
  const id = `${run.ctx.run}/${path}/0`;
  const key = keyOf(run, topic, id, payload);
  const emitted = { topic: topic.name, key, id, message: payload, ...(isApart(topic, payload) ? { apart: true as const } : {}) };
  run.emitted.push(emitted);
  const record = undo?.();
  if (record !== undefined) run.ledger.push({ of: path, undo: record, output: payload });
  append(run, "message.emitted", path, { index: 0, topic: topic.name, key, id, payload, ...(record === undefined ? {} : { undo: record }) }, isJournaled(run) && run.ctx.ports.bus !== null ? [{ op: "outbox.put", message: outgoing(emitted, run.ctx.traceparent) }] : undefined);
}

/** Whether it is larger than its topic takes; where such bodies are not stored apart that is an error. */
function isApart({ name, most, claimCheck }: ReadyTopic, payload: Json): boolean {
  if (most === null) return false;
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes <= most) return false;
  if (!claimCheck) throw new StepError("limit", `the message for \`${name}\` has ${bytes} bytes, and the topic takes ${most} (\`max_bytes\`)`);
  return true;
}

/** The topic's `key`, else the triggering message's. */
function keyOf({ ctx }: ActiveRun, { name, key, readsMeta }: ReadyTopic, id: string, payload: Json): string | null {
  if (key === null) return ctx.messageKey;
  const env = new Bare();
  env.msg = payload;
  if (readsMeta) env.meta = { key: ctx.messageKey, headers: {}, topic: name, timestamp: new Timestamp(ctx.startedAt), id };
  return keyTextOf(key(env));
}
