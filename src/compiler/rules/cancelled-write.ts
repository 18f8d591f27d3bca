import { report } from "../../core/codes/report.js";
import type { Diagnostic, Note } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { blocksOf, catchBlocks, stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { writeTools } from "./write-effects.js";

type Composite = StepPlan & { readonly kind: "parallel" | "map" };

/**
 * I23: a write that a sibling's failure or win can cut off stays applied while the run goes on as if it had not been.
 * Undo of cancelled branches is not built yet, so a `compensate` does not help.
 * One error a composite: one change of its join or its rest is the cure.
 */
export function cancelledWrite(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    if (step.kind !== "parallel" && step.kind !== "map") return [];
    const head = flow.steps.get(step)?.node.head;
    const writes = cancellable(step).flatMap((block) => [...writesIn(block, flow)]);
    const first = writes[0];
    if (head === undefined || first === undefined) return [];
    const related: readonly Note[] = [{ span: head, message: why(step) }, ...writes.slice(1).map(({ step: other, span }) => ({ span, message: `\`${other.id}\` writes too` }))];
    return [
      report("FC5012", first.span, `\`${first.step.id}\` writes${first.by} in a branch of \`${step.id}\` that can be cancelled, and what was written then stays written`, {
        hint: options(step),
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
  if (step.rest === "finish" || step.join === "settled") return [];
  // One at a time: nothing runs beside the one that fails or wins, so nothing is cancelled.
  if (step.concurrency === 1) return [];
  if (step.kind === "map") return [step.block];
  const before = ancestors(step.branches);
  return step.branches
    .filter(({ name }) => step.branches.some((other) => other.name !== name && !isOrdered(before, name, other.name)))
    .map(({ block }) => block);
}

/** By branch: those that have ended before it begins. */
function ancestors(branches: (StepPlan & { readonly kind: "parallel" })["branches"]): ReadonlyMap<string, ReadonlySet<string>> {
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

interface Write {
  readonly step: StepPlan;
  readonly span: Note["span"];
  readonly by: string;
}

/** Writes at any depth; those in a composite below that cancels too are that one's. */
function* writesIn(block: BlockPlan, flow: CheckedFlow): Generator<Write> {
  for (const step of block.steps) {
    const tools = writeTools(step, flow.draft);
    const span = flow.steps.get(step)?.node.head;
    if (tools.length > 0 && span !== undefined) yield { step, span, by: step.kind === "agent" ? ` (the tool \`${tools.join("`, `")}\`)` : "" };
    const own = step.kind === "parallel" || step.kind === "map" ? new Set(cancellable(step)) : new Set<BlockPlan>();
    for (const inner of blocksOf(step)) if (!own.has(inner)) yield* writesIn(inner, flow);
  }
  for (const inner of catchBlocks(block.catch)) yield* writesIn(inner, flow);
}

