import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import { isPivot } from "../../core/plan/pivot.js";
import type { StepPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";
import { ownSteps, sagasIn } from "./saga-steps.js";
import { targets, writeTools } from "./write-effects.js";

/** What a step of a queue cannot be (I25, I32, I33). */
export function queued(flow: CheckedFlow): readonly Diagnostic[] {
  const { body } = flow.draft;
  const inSaga = new Set([...sagasIn(body).flatMap((saga) => [...ownSteps(saga.block.steps)]), ...undoneBranches(flow)]);
  return [...stepsIn(body)].flatMap((step) => {
    const node = flow.steps.get(step)?.node;
    if (node === undefined) return [];
    const span = node.queue?.name.span ?? node.head;
    if (step.queue === undefined) return [...(node.queue === undefined ? [] : nothingToDo(step, span)), ...borrowed(flow, step, node.head)];
    if (isPivot(step)) return [report("FC5111", span, `\`${step.id}\` is a pivot, and any worker of \`${step.queue.name}\` may do it some time`, { hint: "remove `queue`: a pivot is done where its saga runs" })];
    const writes = step.kind === "agent" && inSaga.has(step) ? writeTools(step, flow.draft) : [];
    if (writes.length > 0) return [report("FC5112", span, `The agent of \`${step.id}\` may call ${quoted(writes)} in another run, where what it writes cannot be undone`, { hint: "let it decide there, and write in a step of the saga; or remove `queue`" })];
    return borrowed(flow, step, node.head);
  });
}

const nothingToDo = ({ kind, id }: StepPlan, span: Span): readonly Diagnostic[] => [
  report("FC5110", span, `\`${id}\` has nothing that a worker could do: ${kind === "tool" ? "an `expr` tool only computes" : `\`${kind}\` is done where the run is`}`, { hint: "`queue` is for an agent, a tool and a call" }),
];

/** An agent calls its tools where it runs. */
function borrowed({ draft }: CheckedFlow, step: StepPlan, span: Span): readonly Diagnostic[] {
  if (step.kind !== "agent") return [];
  return targets(step.agent).flatMap((agent) =>
    (draft.agents[agent]?.tools ?? []).flatMap((name) => {
      const queue = draft.tools[name]?.queue;
      if (queue === undefined || queue === step.queue?.name) return [];
      return [report("FC5113", span, `The agent \`${agent}\` would call \`${name}\` ${step.queue === undefined ? "here" : `on the queue \`${step.queue.name}\``}, which is for workers of \`${queue}\``, { hint: `write \`queue: ${queue}\` at the agent, or at the steps that call \`${name}\` instead of at the tool` })];
    }),
  );
}

/** Branches that are undone when they are cancelled are like sagas. */
function* undoneBranches({ draft }: CheckedFlow): Generator<StepPlan> {
  for (const step of stepsIn(draft.body)) {
    if (step.kind === "map" && step.undo === true) yield* stepsIn(step.block);
    if (step.kind === "parallel") for (const { block, undo } of step.branches) if (undo === true) yield* stepsIn(block);
  }
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(" and ");
