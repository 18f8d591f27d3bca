import type { ChildCall, StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { recordsUndo } from "../../saga/ledger.js";
import { keyAt } from "../idempotency-key.js";
import type { Maker, StepBody } from "../ready.js";
import { runChild } from "./child-run.js";
import { makeSite } from "./site.js";

/** A call that is a run of its own: detached, part of a circle, or on a queue. */
export function makeChildCall(maker: Maker, plan: StepPlan & { kind: "call" }, { as, detached, depth }: ChildCall): StepBody {
  const input = maker.data(plan.with);
  const site = makeSite(maker, plan.queue);
  return {
    compute: null,
    act: (frame, path: Path) =>
      runChild(frame, path, () => {
        const { undo, env, run } = frame;
        return {
          flow: plan.flow,
          as,
          detached: detached === true,
          ...(depth === undefined ? {} : { depth }),
          site: site(env),
          input: () => input(env),
          undo: recordsUndo(undo, plan.compensate, () => ({ env, key: keyAt(run.ctx, path) })),
        };
      }),
    records: true,
  };
}
