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
  const before = ancestors(branches);
  return new Set(branches.flatMap(({ name }) => (branches.some((other) => other.name !== name && !isOrdered(before, name, other.name)) ? [name] : [])));
}

/** By branch: those that have ended before it begins. */
function ancestors(branches: Branches): ReadonlyMap<string, ReadonlySet<string>> {
  const after = new Map(branches.map((branch) => [branch.name, branch.after]));
  const found = new Map<string, ReadonlySet<string>>();
  for (const { name } of branches) {
    const seen = new Set<string>();
    const open = [...(after.get(name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(after.get(next) ?? []));
    }
    found.set(name, seen);
  }
  return found;
}

const isOrdered = (before: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean =>
  before.get(a)?.has(b) === true || before.get(b)?.has(a) === true;
