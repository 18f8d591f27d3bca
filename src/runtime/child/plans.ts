import { childPlan } from "../../core/plan/child-plan.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";
import type { Admit } from "./task.js";

/** The plan of a run that a step starts, in the store before a run is admitted under it (I37); null: the store does not have its parent's. */
export type ChildPlans = (task: Pick<Admit, "plan" | "as">) => Promise<FlowPlan | null>;

export function createChildPlans(world: () => World): ChildPlans {
  const plans = new Map<string, Promise<FlowPlan | null>>();
  return ({ plan: hash, as }) => {
    const key = `${hash} ${as}`;
    const known = plans.get(key);
    if (known !== undefined) return known;
    const { ports, stopped } = world();
    const made = patiently(ports.clock, stopped, async () => {
      const plan = await ports.store.plan(hash);
      if (plan === null || !Object.hasOwn(plan.flows ?? {}, as)) return null;
      const child = childPlan(plan, as);
      await ports.store.putPlan(child);
      return child;
    });
    plans.set(key, made);
    made.then((plan) => plan === null && plans.delete(key), () => plans.delete(key));
    return made;
  };
}
