import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import type { Path } from "../../core/run-id.js";
import { rateOf, semaphoreOf } from "../policy/shared.js";
import type { Frame } from "./frame.js";
import { pauseUntil } from "./pause.js";
import { takePlace } from "./place.js";
import type { Scope } from "./scope.js";

/** Waits until the policy's `rate` and `concurrency` let a call begin; gives what gives its place back. A long wait parks the run, and holds no place. `near`: its place comes soon. */
export async function takeTurn(frame: Frame, path: Path, within: Scope, policy: { readonly name: string; readonly plan: PolicyPlan }, near?: () => void): Promise<(() => void) | undefined> {
  const { ports, plan, run, share } = frame.run.ctx;
  const places = semaphoreOf(ports, plan.id, policy);
  const rate = rateOf(ports, plan.id, policy, frame.env);
  for (;;) {
    const leave = await takePlace(places, within, near);
    const until = rate === null ? null : rate.take(`${run}/${path}`, ports.clock.now(), share?.());
    if (until === null) return leave;
    leave?.();
    await pauseUntil({ ...frame, scope: within }, path, until, "rate");
  }
}
