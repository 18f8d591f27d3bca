import { bodiesOf, catchBlocks } from "./blocks.js";
import { endedBefore } from "./branch-order.js";
import type { FlowPlan } from "./flow-plan.js";
import { isPivot, isPivotal } from "./pivot.js";
import type { BlockPlan, OnUnknown, StepPlan } from "./step.js";

/** A step around another one, and in which of its blocks that stands: its bodies in order, then its catch clauses. */
interface Around {
  readonly step: StepPlan;
  readonly path: string;
  readonly block: number;
}

/** A step of a saga that can fail. */
export interface Part {
  /** Ids joined by `/`; `[*]` any item, `#*` any pass. */
  readonly path: string;
  readonly step: StepPlan;
  readonly place: "before" | "pivot" | "behind";
  readonly onUnknown: OnUnknown | undefined;
  /** From the saga inwards. */
  readonly around: readonly Around[];
}

type Saga = StepPlan & { readonly kind: "saga" };

/** In the order in which they are written. */
export function sagaParts(plan: FlowPlan, saga: Saga, prefix: string): readonly Part[] {
  const parts: Part[] = [];
  const gather = (block: BlockPlan, at: string, first: Part["place"], onUnknown: OnUnknown | undefined, around: readonly Around[]): void => {
    let place = first;
    for (const step of block.steps) {
      const path = `${at}${step.id}`;
      if (canFail(plan, step)) parts.push({ path, step, place: isPivot(step) ? "pivot" : place, onUnknown, around });
      const inside = step.kind === "saga" ? (step.onUnknown ?? onUnknown) : onUnknown;
      for (const [index, inner] of blocksInOrder(step).entries()) gather(inner, below(step, at), place, inside, [...around, { step, path, block: index }]);
      if (isPivotal(step)) place = "behind";
    }
  };
  gather(saga.block, `${prefix}${saga.id}/`, "before", saga.onUnknown, [{ step: saga, path: `${prefix}${saga.id}`, block: 0 }]);
  return parts;
}

const blocksInOrder = (step: StepPlan): readonly BlockPlan[] => [...bodiesOf(step), ...catchBlocks(step.catch)];

/** Stands in what a catch of the step does, not in what it catches. */
export const isInCatch = ({ step, block }: Around): boolean => block >= bodiesOf(step).length;

export function below({ id, kind }: StepPlan, prefix: string): string {
  return `${prefix}${id}${kind === "map" ? "[*]" : kind === "loop" ? "#*" : ""}/`;
}

function canFail(plan: FlowPlan, step: StepPlan): boolean {
  switch (step.kind) {
    case "agent":
    case "ask":
    case "emit":
    case "fail":
      return true;
    case "tool":
      return plan.tools[step.tool]?.kind !== "expr";
    case "call":
      return step.run !== undefined;
    case "put":
      return step.if !== undefined;
    // Nobody need ever come.
    case "wait":
      return step.timeout !== undefined;
    default:
      return false;
  }
}

/** Whether the one may have ended when the other fails; `inside`: where both stand in one pass of the step at this place in `around`. */
export function mayPrecede(one: Part, other: Part, inside = 0): boolean {
  const shared = one.around.findLastIndex((around, at) => around.step === other.around[at]?.step);
  const common = one.around.slice(0, shared + 1);
  // Another item, or an earlier pass.
  if (common.slice(inside).some(({ step, block }) => (step.kind === "map" || step.kind === "loop") && block === 0)) return true;
  const [a, b] = [one.around[shared], other.around[shared]];
  if (a === undefined || b === undefined || a.block === b.block) return isWrittenBefore(one, other, shared);
  if (isInCatch(a) || isInCatch(b)) return !isInCatch(a);
  return a.step.kind === "parallel" && !isAfter(a.step, a.block, b.block);
}

/** In one block: by its steps, which the two stand in or are. */
function isWrittenBefore(one: Part, other: Part, shared: number): boolean {
  const { step, block = 0 } = one.around[shared] ?? {};
  const steps = step === undefined ? [] : (blocksInOrder(step)[block]?.steps ?? []);
  const place = ({ around, step: own }: Part): number => steps.indexOf(around[shared + 1]?.step ?? own);
  return place(one) < place(other);
}

/** Whether a branch begins only behind another one. */
function isAfter({ branches }: StepPlan & { readonly kind: "parallel" }, branch: number, other: number): boolean {
  const [name = "", before = ""] = [branches[branch]?.name, branches[other]?.name];
  return endedBefore(branches).get(name)?.has(before) === true;
}
