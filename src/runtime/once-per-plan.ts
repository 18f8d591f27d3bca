import type { FlowPlan } from "../core/plan/flow-plan.js";

/** Connects each name of a plan on first use and keeps it; what could not be connected is tried again the next time. */
export function oncePerPlan<T>(connect: (plan: FlowPlan, name: string) => Promise<T>): (plan: FlowPlan, name: string) => Promise<T> {
  const opened = new WeakMap<FlowPlan, Map<string, Promise<T>>>();
  return (plan, name) => {
    const known = opened.get(plan) ?? new Map<string, Promise<T>>();
    opened.set(plan, known);
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = connect(plan, name);
    known.set(name, made);
    // Whoever asked is told by `made` itself.
    made.catch(() => known.delete(name));
    return made;
  };
}
