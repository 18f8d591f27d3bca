import { CHANNELS } from "../../core/graph.js";
import type { GraphLayout, GraphNode } from "../../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";

/** One node per top-level step; a switch is a route with one node per case. */
export const expandedLayout = (body: BlockPlan): GraphLayout => layout(body, false);

/**
 * What a reader thinks of as one is one node: an agent, a person, a composite with effects. Tools and pure steps
 * between them fuse whatever their effects, so a pure flow is one node. Paths do not change (I6).
 */
export const fusedLayout = (body: BlockPlan): GraphLayout => layout(body, true);

interface Group {
  readonly from: number;
  readonly to: number;
  readonly route: boolean;
}

function layout(body: BlockPlan, fuse: boolean): GraphLayout {
  const name = naming();
  const groups = grouped(body.steps, fuse).map((group) => ({ ...group, id: name(groupName(body.steps, group)) }));
  const nodes = groups.flatMap((group, index): readonly GraphNode[] => {
    const next = groups[index + 1]?.id ?? null;
    const step = body.steps[group.from];
    if (!group.route || step?.kind !== "switch") return [{ id: group.id, run: "steps", from: group.from, to: group.to, next }];
    const cases = step.cases.map((one, at) => ({ id: name(`${group.id}.${one.when === undefined ? "else" : at + 1}`), run: "case" as const, step: group.from, case: at, next }));
    return [{ id: group.id, run: "route", step: group.from, cases: [...cases.map(({ id }) => id), next] }, ...cases];
  });
  return { nodes, entry: nodes[0]?.id ?? null };
}

function grouped(steps: readonly StepPlan[], fuse: boolean): readonly Group[] {
  // A flow that has only a value still needs a node to compute it.
  if (steps.length === 0) return [{ from: 0, to: 0, route: false }];
  const groups: Group[] = [];
  let open = false;
  steps.forEach((step, at) => {
    const joins = fuse && fuses(step);
    const last = groups.at(-1);
    if (joins && open && last !== undefined) groups[groups.length - 1] = { ...last, to: at + 1 };
    else groups.push({ from: at, to: at + 1, route: routes(step) && !joins });
    open = joins;
  });
  return groups;
}

function fuses(step: StepPlan): boolean {
  switch (step.kind) {
    case "set":
    case "emit":
    case "tool":
    case "get":
    case "put":
    case "fail":
    case "return":
      return true;
    case "switch":
    case "map":
    case "parallel":
    case "loop":
      return step.pure;
    case "agent":
    case "saga":
    case "ask":
    case "wait":
    case "call":
      return false;
  }
}

/** What covers the whole step (`when`, `catch`, a time limit, a lock) needs its cases in one node. */
const routes = (step: StepPlan): boolean =>
  step.kind === "switch" && step.when === undefined && step.catch === undefined && step.timeout === undefined && step.lock === undefined;

function groupName(steps: readonly StepPlan[], { from, to }: Group): string {
  const first = steps[from];
  const last = steps[to - 1];
  if (first === undefined || last === undefined) return "value";
  return first === last ? first.id : `${first.id}..${last.id}`;
}

/**
 * Names that LangGraph takes: not a channel's, none twice. Mermaid draws other characters than letters, digits,
 * `-` and `_` as `_`, so two names may not look the same there either.
 */
function naming(): (wanted: string) => string {
  const taken = new Set<string>([...CHANNELS, "__start__", "__end__"]);
  return (wanted) => {
    let name = wanted;
    while (taken.has(drawn(name)) || name in {}) name = `${name}_`;
    taken.add(drawn(name));
    return name;
  };
}

const drawn = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
