import { blocksOf, catchBlocks, forwardBlocks } from "./blocks.js";
import type { FlowPlan } from "./flow-plan.js";
import { isPivot, isPivotal } from "./pivot.js";
import type { BlockPlan, OnUnknown, StepPlan } from "./step.js";

/** What becomes of a saga when one of its steps fails, as far as the plan says. */
export interface FailureRow {
  /** Ids joined by `/`; `[*]` any item, `#*` any pass. */
  readonly step: string;
  readonly place: "before" | "pivot" | "behind";
  /** Undone in this order, as far as they had run. */
  readonly undone: readonly string[];
  /** What others have seen and nothing takes back: emits, and writes behind a pivot. */
  readonly stays: readonly string[];
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
      if (step.kind === "saga") found.push({ saga: `${prefix}${step.id}`, rows: rowsOf(plan, step, `${prefix}${step.id}/`) });
      else for (const inner of blocksOf(step)) visit(inner, below(step, prefix));
    }
    for (const inner of catchBlocks(block.catch)) visit(inner, prefix);
  };
  visit(plan.body, "");
  return found;
}

function below({ id, kind }: StepPlan, prefix: string): string {
  return `${prefix}${id}${kind === "map" ? "[*]" : kind === "loop" ? "#*" : ""}/`;
}

interface Part {
  readonly path: string;
  readonly step: StepPlan;
  readonly place: FailureRow["place"];
  readonly onUnknown: OnUnknown | undefined;
}

function rowsOf(plan: FlowPlan, saga: StepPlan & { readonly kind: "saga" }, prefix: string): readonly FailureRow[] {
  const parts: Part[] = [];
  const gather = (steps: readonly StepPlan[], at: string, first: FailureRow["place"], onUnknown: OnUnknown | undefined): FailureRow["place"] => {
    let place = first;
    for (const step of steps) {
      if (canFail(plan, step)) parts.push({ path: `${at}${step.id}`, step, place: isPivot(step) ? "pivot" : place, onUnknown });
      for (const inner of forwardBlocks(step)) gather(inner.steps, below(step, at), place, step.kind === "saga" ? (step.onUnknown ?? onUnknown) : onUnknown);
      if (isPivotal(step)) place = "behind";
    }
    return place;
  };
  gather(saga.block.steps, prefix, "before", saga.onUnknown);
  return parts.map((part, index) => {
    const before = parts.slice(0, index);
    // Items and passes of its own step that were done before it are undone too.
    const own = /\[\*\]|#\*/.test(part.path) ? [part] : [];
    const undoable = [...before, ...own].filter((one) => one.place === "before" && isUndone(plan, one.step)).map(({ path }) => path);
    const applied = before.filter(({ step, place }) => isApplied(plan, step) && !(place === "before" && isUndone(plan, step))).map(({ path }) => path);
    return {
      step: part.path,
      place: part.place,
      undone: part.place === "behind" ? [] : undoable.toReversed(),
      stays: part.place === "behind" ? before.filter(({ step }) => isApplied(plan, step)).map(({ path }) => path) : applied,
      operator: part.place === "behind" ? "gives up" : mayAsk(plan, part) ? "unknown" : null,
    };
  });
}

const canFail = (plan: FlowPlan, step: StepPlan): boolean => step.kind === "agent" || step.kind === "ask" || step.kind === "emit" || (step.kind === "call" && step.run !== undefined) || step.kind === "get" || step.kind === "put" || (step.kind === "tool" && plan.tools[step.tool]?.kind !== "expr");

const agentTools = (plan: FlowPlan, step: StepPlan): readonly string[] =>
  step.kind === "agent" ? (typeof step.agent === "string" ? [step.agent] : step.agent.from).flatMap((name) => plan.agents[name]?.tools ?? []).filter((name) => plan.tools[name]?.effect === "write") : [];

const isApplied = (plan: FlowPlan, step: StepPlan): boolean => step.kind === "emit" || (step.kind === "call" && step.run?.writes === true) || step.kind === "put" || (step.kind === "tool" && plan.tools[step.tool]?.effect === "write") || agentTools(plan, step).length > 0;

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
