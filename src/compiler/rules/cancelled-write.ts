import { report } from "../../core/codes/report.js";
import type { Diagnostic, Note } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { catchBlocks, forwardBlocks, stepsIn } from "../../core/plan/blocks.js";
import { isPivot } from "../../core/plan/pivot.js";
import { cancellableBranches, cancelsRest } from "../plan/cancellable.js";
import type { CheckedFlow } from "../types/checked.js";
import { isSaga } from "./saga-steps.js";
import { unansweredWrites } from "./write-effects.js";

type Composite = StepPlan & { readonly kind: "parallel" | "map" };

/**
 * I23: a branch that can be cancelled is undone as a saga is, so each write in it needs a `compensate`, and nothing in it
 * can be a pivot. One error a composite: one change of its join or its rest is the cure.
 */
export function cancelledWrite(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    if (step.kind !== "parallel" && step.kind !== "map") return [];
    const head = flow.steps.get(step)?.node.head;
    const writes = cancellable(step).flatMap((block) => [...writesIn(block, flow)]);
    const first = writes[0];
    if (head === undefined || first === undefined) return [];
    const related: readonly Note[] = [{ span: head, message: why(step) }, ...writes.slice(1).map(({ step: other, span, pivot }) => ({ span, message: pivot ? `\`${other.id}\` is a pivot too` : `\`${other.id}\` writes too` }))];
    const { id } = first.step;
    return [
      report("FC5012", first.span, first.pivot ? `\`${id}\` is a \`pivot\` in a branch of \`${step.id}\` that can be cancelled: it could not be undone then` : `\`${id}\` writes${first.by} in a branch of \`${step.id}\` that can be cancelled, and nothing says how it is undone then`, {
        hint: `${first.pivot ? "" : `give ${first.tool === null ? `\`${id}\`` : `the tool \`${first.tool}\``} a \`compensate\`; or `}${options(step)}`,
        related,
      }),
    ];
  });
}

function why({ kind, id, join }: Composite): string {
  const branches = kind === "map" ? "items" : "branches";
  if (join === "all") return `\`join: all\` of \`${id}\`: the first failure cancels the other ${branches}`;
  return `the \`join\` of \`${id}\` is done before all ${branches} are, and cancels the rest`;
}

function options({ kind, join }: Composite): string {
  const alone = kind === "map" ? "; `concurrency: 1` runs one item after the other" : "";
  const settled = join === "all" ? ", `join: settled` never cancels" : "";
  return `\`rest: finish\` lets every ${kind === "map" ? "item" : "branch"} end${settled}${join === "all" ? alone : ""}; or write in a step behind \`${kind}\``;
}

/** The blocks that can be running when another one ends the join. */
function cancellable(step: Composite): readonly BlockPlan[] {
  if (step.kind === "map") return cancelsRest(step) ? [step.block] : [];
  const names = cancellableBranches(step, step.branches);
  return step.branches.flatMap(({ name, block }) => (names.has(name) ? [block] : []));
}

interface Write {
  readonly step: StepPlan;
  readonly span: Note["span"];
  readonly by: string;
  /** Of an agent: the tool that says nothing. */
  readonly tool: string | null;
  readonly pivot: boolean;
}

/** Writes that nothing undoes, and pivots, at any depth; those in a composite below that cancels too are that one's. A pivot in no saga's own list is the matter of FC5062. */
function* writesIn(block: BlockPlan, flow: CheckedFlow, ofSaga = false): Generator<Write> {
  for (const step of block.steps) {
    if (isPivot(step) && !ofSaga) continue;
    const tools = unansweredWrites(step, flow.draft);
    const pivot = isPivot(step);
    const span = flow.steps.get(step)?.node.head;
    const agent = step.kind === "agent";
    if ((tools.length > 0 || pivot) && span !== undefined) yield { step, span, by: agent ? ` (the tool \`${tools.join("`, `")}\`)` : "", tool: agent ? (tools[0] ?? null) : null, pivot };
    const own = step.kind === "parallel" || step.kind === "map" ? new Set(cancellable(step)) : new Set<BlockPlan>();
    for (const inner of forwardBlocks(step)) if (!own.has(inner)) yield* writesIn(inner, flow, isSaga(step));
  }
  for (const inner of catchBlocks(block.catch)) yield* writesIn(inner, flow);
}
