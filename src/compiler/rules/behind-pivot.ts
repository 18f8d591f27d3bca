import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, CatchPlan, StepPlan } from "../../core/plan/step.js";
import { bodiesOf, catchBlocks } from "../../core/plan/blocks.js";
import { cancellableBranches, cancelsRest } from "../plan/cancellable.js";
import { pivotAt } from "../../core/plan/pivot.js";
import type { CheckedFlow } from "../types/checked.js";
import { behindPivot as stepsBehind, isSaga, sagasIn, type SagaStep } from "./saga-steps.js";
import { isIdempotent, keyed, writeTools } from "./write-effects.js";

/** I32: behind a pivot there is only forward, so each step must be one that can be tried until it succeeds. */
export function behindPivot(flow: CheckedFlow): readonly Diagnostic[] {
  return sagasIn(flow.draft.body).flatMap((saga) => {
    const pivot = saga.block.steps[pivotAt(saga.block.steps)];
    return pivot === undefined ? [] : stepsBehind(saga).flatMap((step) => [...wrongIn({ flow, saga, pivot }, step, { caught: new Set(), cancelled: false })]);
  });
}

interface Tail {
  readonly flow: CheckedFlow;
  readonly saga: SagaStep;
  readonly pivot: StepPlan;
}
interface Around {
  /** Codes that something catches before the saga hears of them. */
  readonly caught: ReadonlySet<string>;
  /** It can be cut off by a sibling. */
  readonly cancelled: boolean;
}

const ANY = "*";
const catches = (around: ReadonlySet<string>, clauses: readonly CatchPlan[] | undefined): ReadonlySet<string> => new Set([...around, ...(clauses ?? []).flatMap(({ on }) => (on === "any" ? [ANY] : on))]);

function* wrongIn(tail: Tail, step: StepPlan, outer: Around): Generator<Diagnostic> {
  const around = { ...outer, caught: catches(outer.caught, step.catch) };
  const problem = problemOf(tail, step, around);
  const node = tail.flow.steps.get(step)?.node;
  const pivot = tail.flow.steps.get(tail.pivot)?.node.head;
  if (problem !== null && node !== undefined) {
    yield report("FC5063", node.head, problem.message, { hint: problem.hint, related: pivot === undefined ? [] : [{ span: pivot, message: `behind \`${tail.pivot.id}\` nothing of \`${tail.saga.id}\` is undone` }] });
  }
  // A saga inside has its own way back.
  if (!isSaga(step)) {
    for (const block of bodiesOf(step)) yield* wrongInBlock(tail, block, { caught: joinCatches(step) ? new Set([...around.caught, ANY]) : around.caught, cancelled: around.cancelled || isCancelled(step, block) });
  }
  for (const block of catchBlocks(step.catch)) yield* wrongInBlock(tail, block, outer);
}

function* wrongInBlock(tail: Tail, block: BlockPlan, around: Around): Generator<Diagnostic> {
  const inside = { ...around, caught: catches(around.caught, block.catch) };
  for (const step of block.steps) yield* wrongIn(tail, step, inside);
  for (const clause of catchBlocks(block.catch)) yield* wrongInBlock(tail, clause, around);
}

const joinCatches = (step: StepPlan): boolean => (step.kind === "parallel" || step.kind === "map") && step.join === "settled";

function isCancelled(step: StepPlan, block: BlockPlan): boolean {
  if (step.kind === "map") return cancelsRest(step);
  if (step.kind !== "parallel") return false;
  const name = step.branches.find((branch) => branch.block === block)?.name;
  return name !== undefined && cancellableBranches(step, step.branches).has(name);
}

function problemOf({ flow: { draft }, saga }: Tail, step: StepPlan, { caught, cancelled }: Around): { readonly message: string; readonly hint: string } | null {
  const { id } = step;
  const isCaught = (code: string): boolean => caught.has(code) || caught.has(ANY);
  const tools = writeTools(step, draft);
  if (cancelled && tools.length > 0) {
    return { message: `\`${id}\` writes behind the pivot of \`${saga.id}\`, in a branch that can be cancelled: it could not be undone then`, hint: "let every branch end: `rest: finish`" };
  }
  for (const name of tools) {
    const tool = draft.tools[name];
    if (tool === undefined || isIdempotent(tool)) continue;
    return { message: `\`${id}\` stands behind the pivot of \`${saga.id}\` and has to go through in the end, and \`${name}\` is not idempotent: it cannot be tried again`, hint: `if the service drops repeated requests, say so: ${keyed(tool)} on \`${name}\`; else move it before the pivot, with a \`compensate\`` };
  }
  if (step.kind === "agent" && !isCaught(ANY)) {
    return { message: `\`${id}\` asks an agent behind the pivot of \`${saga.id}\`: nothing makes sure that it answers, and there is no way back`, hint: "ask it before the pivot, or give the step `catch: [ { on: any, value: … } ]`" };
  }
  if (step.kind === "call" && step.run !== undefined && step.run.detached !== true && !isCaught(ANY)) {
    return { message: `\`${id}\` waits for a run of \`${step.flow}\` behind the pivot of \`${saga.id}\`: nothing makes sure that it succeeds, and there is no way back`, hint: "call it before the pivot, or give the step `catch: [ { on: any, value: … } ]`" };
  }
  if (step.kind === "fail" && !isCaught(step.code)) {
    return { message: `\`${id}\` fails behind the pivot of \`${saga.id}\`, from which there is no way back`, hint: "decide before the pivot, or behind the saga" };
  }
  if (isSaga(step) && !isCaught("compensated")) {
    return { message: `The saga \`${id}\` stands behind the pivot of \`${saga.id}\`: when it is undone, there is no way on and none back`, hint: "say what happens then: `catch: [ { on: [compensated], … } ]`" };
  }
  return null;
}
