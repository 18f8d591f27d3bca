import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { BlockPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";
import { askedTool } from "./asked-tool.js";
import { behindPivot } from "./behind-pivot.js";
import { cancelledWrite } from "./cancelled-write.js";
import { constantKey } from "./constant-key.js";
import { idleUndo } from "./idle-undo.js";
import { idlePin } from "./idle-pin.js";
import { impossibleJoin } from "./impossible-join.js";
import { lockInLock } from "./lock-in-lock.js";
import { neverTrue } from "./never-true.js";
import { parkedLane } from "./parked-lane.js";
import { pivotPlace } from "./pivot-place.js";
import type { Rule } from "./rule.js";
import { queued } from "./queued.js";
import { selfLoop } from "./self-loop.js";
import { shadowed } from "./shadowed.js";
import { signalTypes } from "./signal-types.js";
import { taint } from "./taint.js";
import { unboundedLoop } from "./unbounded-loop.js";
import { twinTriggers } from "./twin-triggers.js";
import { undoSteps } from "./undo-steps.js";
import { undoneWrite } from "./undone-write.js";
import { unknownOutcome } from "./unknown-outcome.js";
import { unreachable } from "./unreachable.js";
import { unsafeRetry } from "./unsafe-retry.js";
import { unused } from "./unused.js";
import { waitPastLimit } from "./wait-past-limit.js";

/** Rules whose findings rest on the steps that they point at, and on declarations. */
const LOCAL: readonly Rule[] = [unreachable, shadowed, neverTrue, unboundedLoop, impossibleJoin, waitPastLimit, cancelledWrite, unsafeRetry, unknownOutcome, constantKey, parkedLane, undoneWrite, undoSteps, pivotPlace, behindPivot, idleUndo, signalTypes, askedTool, twinTriggers, lockInLock, queued];
/** Rules that ask what the flow does not have anywhere: with a part missing they would be wrong. */
const GLOBAL: readonly Rule[] = [selfLoop, taint, unused, idlePin];

/** Every rule about the meaning of a flow (FC5). */
export const checkRules = (flow: CheckedFlow): readonly Diagnostic[] => [...[...LOCAL, ...GLOBAL].flatMap((rule) => rule(flow)), ...childrenOf(flow).flatMap((child) => [...LOCAL, taint].flatMap((rule) => rule(child)))];

/** Flows that it starts as runs of their own, but for itself: what holds for a flow that is inlined holds for them. */
const childrenOf = (flow: CheckedFlow): readonly CheckedFlow[] =>
  Object.values(flow.draft.flows ?? {}).flatMap(({ body }) => (body === flow.draft.body || isQueuedStep(body, flow) ? [] : [{ ...flow, head: { ...flow.head, on: [] }, draft: { ...flow.draft, body, triggers: [] } }]));

/** The run of a step of a queue: it was looked at where it stands. */
const isQueuedStep = ({ steps: [step] }: BlockPlan, flow: CheckedFlow): boolean => step !== undefined && !flow.steps.has(step);

/**
 * What can be said of a flow in spite of errors, so that one run finds all problems and one cause is still one error:
 * nothing when a declaration is wrong, and nothing that rests on a step with an error in it or below.
 */
export function checkSoundParts(flow: CheckedFlow, errors: readonly Diagnostic[]): readonly Diagnostic[] {
  const steps = [...flow.steps.values()].map(({ node }) => node.span);
  const owner = (span: Span): Span | null => steps.filter((step) => within(span, step)).reduce<Span | null>((least, step) => (least === null || within(step, least) ? step : least), null);
  if (errors.some(({ span }) => owner(span) === null)) return [];
  return LOCAL.flatMap((rule) => rule(flow)).filter(({ span, related }) =>
    [span, ...related.map((note) => note.span)].every((place) => {
      const step = owner(place);
      return step === null || errors.every((error) => !within(error.span, step));
    }),
  );
}

const within = (inner: Span, outer: Span): boolean => inner.file === outer.file && inner.start >= outer.start && inner.end <= outer.end;
