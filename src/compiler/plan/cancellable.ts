import { endedBefore } from "../../core/plan/branch-order.js";
import type { JoinPlan, StepPlan } from "../../core/plan/step.js";

type Parallel = StepPlan & { readonly kind: "parallel" };
export type Branches = readonly Pick<Parallel["branches"][number], "name" | "after">[];

interface Joining {
  readonly join: JoinPlan;
  readonly rest: "cancel" | "finish";
  readonly concurrency?: number;
}

/** Whether items can be running when another one ends the join (I23). One at a time nothing runs beside the one that fails or wins. */
export const cancelsRest = ({ join, rest, concurrency }: Joining): boolean => rest !== "finish" && join !== "settled" && concurrency !== 1;

/** The branches that can be running when another one ends the join. */
export function cancellableBranches(joining: Joining, branches: Branches): ReadonlySet<string> {
  if (!cancelsRest(joining)) return new Set();
  const before = endedBefore(branches);
  return new Set(branches.flatMap(({ name }) => (branches.some((other) => other.name !== name && !isOrdered(before, name, other.name)) ? [name] : [])));
}

const isOrdered = (before: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean =>
  before.get(a)?.has(b) === true || before.get(b)?.has(a) === true;
