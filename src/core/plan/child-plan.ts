import type { FlowPlan } from "./flow-plan.js";

const made = new WeakMap<FlowPlan, Map<string, FlowPlan>>();

/**
 * The plan of a run that a step starts (I25, I37): it is pinned with the plan of its parent, whatever becomes of the flow
 * meanwhile. Children of children are of the first plan too, so that a circle has one plan for each of its flows.
 */
export function childPlan(plan: FlowPlan, as: string): FlowPlan {
  const known = made.get(plan) ?? new Map<string, FlowPlan>();
  made.set(plan, known);
  const old = known.get(as);
  if (old !== undefined) return old;
  const flow = plan.flows?.[as];
  if (flow === undefined) throw new TypeError(`the plan of ${plan.id} has no flow ${as}`);
  const { summary: _, output: __, timeout: ___, budget: ____, pin: _____, queueTimeout: ______, backlog: _______, ...shared } = plan;
  const child: FlowPlan = Object.freeze({ ...shared, ...flow, class: "J", triggers: [], hash: `${rootHash(plan.hash)}${BETWEEN}${as}` });
  known.set(as, child);
  return child;
}

/** All plans that runs of this one may start. */
export const childPlans = (plan: FlowPlan): readonly FlowPlan[] => Object.keys(plan.flows ?? {}).map((as) => childPlan(plan, as));

/** Whether runs of that plan were started by a step. */
export const isChild = (hash: string): boolean => hash.includes(BETWEEN);

const BETWEEN = "+";
const rootHash = (hash: string): string => hash.split(BETWEEN)[0] ?? hash;
