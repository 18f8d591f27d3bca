import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { blocksIn, blocksOf, bodiesOf, catchBlocks } from "../../core/plan/blocks.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";

/** Who holds one lock waits for no other, so that runs never wait for each other in a circle. Also through a `call`. */
export function lockInLock(flow: CheckedFlow): readonly Diagnostic[] {
  const walk: Walk = { flow, found: new Map() };
  const { body, flows = {} } = flow.draft;
  for (const one of [body, ...Object.values(flows).map((called) => called.body)]) visit(walk, one, null, true);
  return [...walk.found.values()];
}

interface Walk {
  readonly flow: CheckedFlow;
  /** By the place of the lock inside: a flow may be looked at from several sides. */
  readonly found: Map<string, Diagnostic>;
}

const lockOf = ({ flow }: Walk, block: BlockPlan): Span | undefined => (block.lock === undefined ? undefined : flow.blocks.get(block)?.lock?.span);
const lockOfStep = ({ flow }: Walk, step: StepPlan): Span | undefined => (step.lock === undefined ? undefined : flow.steps.get(step)?.node.lock?.span);

/** `whole`: a flow's own block, whose `catch` the lock is held in too, for it ends with the run. */
function visit(walk: Walk, block: BlockPlan, outer: Span | null, whole: boolean): void {
  const held = nested(walk, lockOf(walk, block), outer);
  for (const step of block.steps) {
    const inside = nested(walk, lockOfStep(walk, step), held);
    const bodies = new Set(bodiesOf(step));
    // Its `catch` and its undo come when the step's own lock is free again.
    for (const inner of blocksOf(step)) visit(walk, inner, bodies.has(inner) ? inside : held, false);
    if (step.kind === "call" && step.run !== undefined && step.run.detached !== true && inside !== null) for (const span of locksBelow(walk, step.run.as, new Set())) nested(walk, span, inside);
  }
  for (const inner of catchBlocks(block.catch)) visit(walk, inner, whole ? held : outer, false);
}

/** The lock that is held from here on; one inside another is a problem. */
function nested({ found }: Walk, span: Span | undefined, outer: Span | null): Span | null {
  if (span === undefined || outer === null) return span ?? outer;
  const place = `${span.file} ${span.start}`;
  if (!found.has(place)) {
    found.set(
      place,
      report("FC5070", span, "This waits for a lock while it holds another one: two runs that have one each could wait for each other for ever", {
        hint: "keep one of the two; where both are needed, one lock around it all whose text is made of both",
        related: [{ span: outer, message: "this lock is held around it" }],
      }),
    );
  }
  return outer;
}

/** Locks of a run that is waited for, and of those that it waits for. */
function* locksBelow(walk: Walk, as: string, seen: Set<string>): Generator<Span> {
  const body = walk.flow.draft.flows?.[as]?.body;
  if (body === undefined || seen.has(as)) return;
  seen.add(as);
  for (const block of blocksIn(body)) {
    const own = lockOf(walk, block);
    if (own !== undefined) yield own;
    for (const step of block.steps) {
      const span = lockOfStep(walk, step);
      if (span !== undefined) yield span;
      if (step.kind === "call" && step.run !== undefined && step.run.detached !== true) yield* locksBelow(walk, step.run.as, seen);
    }
  }
}
