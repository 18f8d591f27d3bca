import { blocksOf, catchBlocks } from "./blocks.js";
import type { FlowPlan } from "./flow-plan.js";
import { below, isInCatch, mayPrecede, type Part, sagaParts } from "./saga-parts.js";
import type { BlockPlan, CatchPlan, StepPlan } from "./step.js";

/** What becomes of a saga when one of its steps fails, as far as the plan says. */
export interface FailureRow {
  /** Ids joined by `/`; `[*]` any item, `#*` any pass. */
  readonly step: string;
  readonly place: Part["place"];
  /** Steps that are undone, as far as they have run; in this order, but those of parallel branches in any. */
  readonly undone: readonly string[];
  /** What others have seen and nothing takes back: emits, and writes behind a pivot. */
  readonly stays: readonly string[];
  /** Behind this step the saga goes on, whatever the error is: a `catch` of it takes all, or its join takes failures. Null: nothing takes all. */
  readonly caught: string | null;
  /** When a person is asked; null: only where an outcome stays hidden after all attempts. */
  readonly operator: "gives up" | "unknown" | null;
}

export interface FailureMatrix {
  readonly saga: string;
  readonly rows: readonly FailureRow[];
}

/** One for each saga that stands in no other. */
export function failureMatrices(plan: FlowPlan): readonly FailureMatrix[] {
  const found: FailureMatrix[] = [];
  const visit = (block: BlockPlan, prefix: string): void => {
    for (const step of block.steps) {
      if (step.kind === "saga") found.push({ saga: `${prefix}${step.id}`, rows: rowsOf(plan, sagaParts(plan, step, prefix)) });
      else for (const inner of blocksOf(step)) visit(inner, below(step, prefix));
    }
    for (const inner of catchBlocks(block.catch)) visit(inner, prefix);
  };
  visit(plan.body, "");
  return found;
}

const rowsOf = (plan: FlowPlan, parts: readonly Part[]): readonly FailureRow[] =>
  parts.map((part) => {
    const before = parts.filter((one) => mayHaveRun(one, part));
    const caught = catcher(part);
    const behind = part.place === "behind";
    const undoable = before.filter(({ step, place }) => place === "before" && isUndone(plan, step));
    const undone = behind ? [] : caught === null ? undoable : undoable.filter((one) => isUndoneInside(one, part, caught));
    const stays = before.filter((one) => isApplied(plan, one.step) && (behind || !undoable.includes(one)));
    return {
      step: part.path,
      place: part.place,
      undone: undone.map(({ path }) => path).toReversed(),
      stays: stays.map(({ path }) => path),
      caught: caught === null ? null : caught < 0 ? part.path : (part.around[caught]?.path ?? null),
      operator: behind && caught === null ? "gives up" : mayAsk(plan, part) ? "unknown" : null,
    };
  });

/** What an agent has called before it failed is its own. */
const mayHaveRun = (one: Part, part: Part, inside = 0): boolean => mayPrecede(one, part, inside) || (one === part && part.step.kind === "agent");

/** The place in `around` of the innermost step that takes any failure of the part, -1 for the part itself; null: none does. */
function catcher(part: Part): number | null {
  if (takesAll(part.step.catch, null)) return -1;
  for (let at = part.around.length - 1; at > 0; at -= 1) {
    const around = part.around[at];
    if (around === undefined || isInCatch(around)) continue;
    const { step } = around;
    if ("join" in step && step.join === "settled") return at;
    if (takesAll(step.catch, step.kind === "saga" && part.place === "before" ? "compensated" : null)) return at;
  }
  return null;
}

/** `raised`: the one code that there is. */
const takesAll = (clauses: readonly CatchPlan[] | undefined, raised: string | null): boolean => (clauses ?? []).some(({ on }) => on === "any" || (raised !== null && on.includes(raised)));

/** Where the failure is caught, the sagas and the joins that cut off (I23) on the way to there are undone all the same. */
const isUndoneInside = (one: Part, part: Part, caught: number): boolean =>
  part.around.some(({ step, block }, at) => at >= Math.max(caught, 1) && caught >= 0 && undoesItself(step, one.around[at]?.block ?? block) && one.around[at]?.step === step && mayHaveRun(one, part, at));

const undoesItself = (step: StepPlan, block: number): boolean => step.kind === "saga" || (step.kind === "map" && step.undo === true) || (step.kind === "parallel" && step.branches[block]?.undo === true);

const agentTools = (plan: FlowPlan, step: StepPlan): readonly string[] =>
  step.kind === "agent" ? (typeof step.agent === "string" ? [step.agent] : step.agent.from).flatMap((name) => plan.agents[name]?.tools ?? []).filter((name) => plan.tools[name]?.effect === "write") : [];

const isApplied = (plan: FlowPlan, step: StepPlan): boolean =>
  step.kind === "emit" || step.kind === "put" || (step.kind === "call" && step.run?.writes === true) || (step.kind === "tool" && plan.tools[step.tool]?.effect === "write") || agentTools(plan, step).length > 0;

const isUndone = (plan: FlowPlan, step: StepPlan): boolean =>
  ("compensate" in step && step.compensate !== undefined) || (step.kind === "tool" && plan.tools[step.tool]?.effect === "write" && plan.tools[step.tool]?.compensate !== undefined) || agentTools(plan, step).length > 0;

/** A write whose outcome is hidden, and which cannot find it out by itself. */
function mayAsk(plan: FlowPlan, { step, onUnknown }: Part): boolean {
  const names = step.kind === "tool" ? [step.tool] : agentTools(plan, step);
  return names.some((name) => {
    const tool = plan.tools[name];
    if (tool?.effect !== "write") return false;
    const mode = (step.kind === "tool" ? step.onUnknown : undefined) ?? onUnknown ?? "retry";
    return mode === "fail" || (mode === "retry" && tool.idempotency.kind === "none");
  });
}
