import { StepError } from "../../../core/errors.js";
import type { StepPlan } from "../../../core/plan/step.js";
import { Timestamp } from "../../../expr/evaluate/time.js";
import { textOf } from "../../../expr/evaluate/text-of.js";
import { append, isJournaled, type ActiveRun } from "../active-run.js";
import { undoRecord } from "../../saga/ledger.js";
import { Bare } from "../bare.js";
import { idempotencyKey } from "../idempotency-key.js";
import { outgoing } from "../outgoing.js";
import type { Maker, ReadyTopic, StepBody } from "../ready.js";
import type { Json } from "../../../core/json.js";
import { makeTarget } from "./target.js";

/** I22: the id holds no attempt and no hash of the flow; the message is a row in the item of its step. */
export function makeEmit(maker: Maker, plan: StepPlan & { kind: "emit" }): StepBody {
  const target = makeTarget(maker, plan.topic);
  const message = maker.data(plan.with);
  return {
    compute: (frame, path) => {
      const { run } = frame;
      // Inside a pure map or loop, which is recorded as a whole: a message that the journal holds is not sent again.
      const sent = frame.quiet ? run.past?.get(path)?.events.find(({ type }) => type === "message.emitted") : undefined;
      if (sent?.type === "message.emitted") return sent.data.payload;
      const topic = maker.ready().topic(target(frame));
      const payload = message(frame.env);
      const problem = topic.check(payload);
      if (problem !== null) throw new StepError("invalid_input", `the message for \`${topic.name}\` breaks its schema: ${problem}`);
      const id = `${run.ctx.run}/${path}/0`;
      const key = keyOf(run, topic, id, payload);
      const emitted = { topic: topic.name, key, id, message: payload };
      run.emitted.push(emitted);
      const { undo: scope } = frame;
      const undo = scope === null || scope.forwardOnly || plan.compensate === undefined ? undefined : undoRecord(scope, plan.compensate, frame.env, idempotencyKey(run.ctx.keyRun, path));
      if (undo !== undefined) run.ledger.push({ of: path, undo, output: payload });
      append(run, "message.emitted", path, { index: 0, topic: topic.name, key, id, payload, ...(undo === undefined ? {} : { undo }) }, isJournaled(run) && run.ctx.ports.bus !== null ? [{ op: "outbox.put", message: outgoing(emitted) }] : undefined);
      return payload;
    },
    act: null,
    records: true,
  };
}

/** The topic's `key`, else the triggering message's. */
function keyOf({ ctx }: ActiveRun, { name, key, readsMeta }: ReadyTopic, id: string, payload: Json): string | null {
  if (key === null) return ctx.messageKey;
  const env = new Bare();
  env.msg = payload;
  if (readsMeta) env.meta = { key: ctx.messageKey, headers: {}, topic: name, timestamp: new Timestamp(ctx.startedAt), id };
  const value = key(env);
  return value === undefined || value === null ? null : textOf(value);
}
