import type { StepPlan } from "../../../core/plan/step.js";
import { compileData } from "../../../expr/render.js";
import { recordsUndo } from "../../saga/ledger.js";
import { emitMessage } from "../emit-message.js";
import { keyAt } from "../idempotency-key.js";
import type { Maker, StepBody } from "../ready.js";
import { makeTarget } from "./target.js";

export function makeEmit(maker: Maker, plan: StepPlan & { kind: "emit" }): StepBody {
  const target = makeTarget(maker, plan.topic);
  // Of any size: what the broker will never take is a dead letter, and the run goes on.
  const message = compileData(plan.with);
  return {
    compute: (frame, path) => {
      const { run } = frame;
      // Inside a pure map or loop, which is recorded as a whole: a message that the journal holds is not sent again.
      const sent = frame.quiet ? run.past?.get(path)?.events.find(({ type }) => type === "message.emitted") : undefined;
      if (sent?.type === "message.emitted") return sent.data.payload;
      const topic = maker.ready().topic(target(frame));
      const payload = message(frame.env);
      emitMessage(run, path, topic, payload, recordsUndo(frame.undo, plan.compensate, () => ({ env: frame.env, key: keyAt(run.ctx, path) })));
      return payload;
    },
    act: null,
    records: true,
  };
}
