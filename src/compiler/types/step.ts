import type { StepPlan } from "../../core/plan/step.js";
import { STRING, type Field } from "../../core/type.js";
import type { StepNode } from "../shape/ast.js";
import { ANYTHING } from "../../expr/facts.js";
import { checkCatch } from "./catch.js";
import type { Read } from "./checked.js";
import { resolvePolicy } from "./declared/policies.js";
import { checkCondition } from "./expression.js";
import { checkLock } from "./lock.js";
import { stepPlace, type FlowCheck } from "./flow-check.js";
import type { CheckedKind, CheckedStep, Yield } from "./outcome.js";
import { finished, ownId } from "./hidden.js";
import { checkQueue, queuedStep } from "./queue.js";
import { allRaises, raisesOf } from "./raises.js";
import { infoType } from "./scope.js";
import { checkAgentStep } from "./steps/agent.js";
import { checkAsk } from "./steps/ask.js";
import { checkCall } from "./steps/call.js";
import { checkEmit } from "./steps/emit.js";
import { checkFail, checkReturn } from "./steps/end.js";
import { checkLoop } from "./steps/loop.js";
import { checkMap } from "./steps/map.js";
import { checkParallel } from "./steps/parallel.js";
import { checkSaga } from "./steps/saga.js";
import { checkSet } from "./steps/set.js";
import type { KindPlace } from "./steps/place.js";
import { checkSwitch } from "./steps/switch.js";
import { checkGet, checkPut } from "./steps/table.js";
import { checkToolStep } from "./steps/tool.js";
import { checkWait } from "./steps/wait.js";

/** Why the output of a step may not be there. */
const HAS_WHEN = "the step has a `when`";

/** One step: its common keys around what its kind says. Makes `steps.<id>` readable for what comes behind it. */
export function checkStep(cx: FlowCheck, node: StepNode, before: CheckedStep | null, blockPath: string): CheckedStep {
  const { lexical } = cx;
  cx.size.steps += 1;
  const id = cx.ids.of.get(node) ?? node.kind;
  const path = blockPath === "" ? id : `${blockPath}/${id}`;
  const reads: Read[] = [];
  const place = stepPlace(cx, reads);
  const mark = lexical.enter();
  lexical.hide(id, ownId(node, id));
  const when = node.when === undefined ? undefined : checkCondition(place, node.when, "when");
  const inside = lexical.enter();
  if (when !== undefined) lexical.assume(when.whenTrue);
  const policy = node.policy === undefined ? null : resolvePolicy(cx, node.policy);
  const lock = node.lock === undefined ? null : checkLock(place, node.lock);
  const kind = checkKind(cx, node, { path, place, before });
  const queue = checkQueue(cx, node, place, kind);
  // A person who cancels its run denies its value.
  const raises = queue === null ? kind.raises : allRaises([kind.raises, raisesOf("denied", "limit", "unknown")]);
  lexical.leave(inside);
  const caught = node.catch === undefined ? null : checkCatch(cx, node.catch, raises, { path, over: (inner) => finished(inner, id) }, { when, state: kind.state });
  lexical.leave(mark);

  const own: Yield = { type: kind.type, nothing: kind.nothing, sources: kind.sources ?? [{ span: node.head, type: kind.type }] };
  const given = caught === null ? own : caught.join(own, kind.diverges);
  // A pivot has none: FC5062 says so.
  const nothing = node.when !== undefined && !("pivot" in kind.part) ? HAS_WHEN : given.nothing;
  const diverges = kind.diverges && (caught?.diverges ?? true);
  const pure = kind.pure && lock === null && (caught?.pure ?? true);
  const step: StepPlan = {
    ...kind.part,
    id,
    ...(when === undefined ? {} : { when: when.expr }),
    ...(policy === null ? {} : { policy }),
    ...(node.timeout === undefined ? {} : { timeout: node.timeout.value }),
    ...(lock === null ? {} : { lock }),
    ...(caught === null ? {} : { catch: caught.plan }),
    pure,
  };
  const plan = queue === null ? step : { ...step, queue: queuedStep(cx, step, queue, path) };
  const writes = kind.writes || (caught?.writes ?? false);
  cx.shared.steps.set(plan, { node, path, output: given.type, raises: new Set(raises.keys()), reads, writes });

  // Behind a `fail` or `return` that was not taken, its `when` did not hold.
  // Behind one without a `when` nothing runs, which a rule says: there everything holds.
  if (diverges) lexical.assume(when?.whenFalse ?? ANYTHING);
  if (!cx.ids.ambiguous.has(id)) {
    lexical.addStep(
      id,
      { type: given.type, required: nothing === null, ...(nothing === null ? {} : { why: nothing }) },
      { type: infoType(node.kind === "agent" ? agentOf(node) : null), required: true },
    );
    if (kind.unreadable !== undefined && caught === null) lexical.forbid(`steps.${id}`, kind.unreadable);
  }
  return {
    id,
    plan,
    span: node.head,
    type: given.type,
    sources: given.sources ?? [],
    nothing,
    diverges,
    raises: caught === null ? raises : caught.raises,
    pure,
    writes,
  };
}

/** A step that is skipped, or whose `pick` failed, went to none. */
function agentOf({ agent, when, catch: caught }: StepNode & { readonly kind: "agent" }): Field {
  if (when !== undefined) return { type: STRING, required: false, why: HAS_WHEN };
  return agent.kind === "name" || caught === undefined ? { type: STRING, required: true } : { type: STRING, required: false, why: "its `pick` may have failed" };
}

function checkKind(cx: FlowCheck, node: StepNode, at: KindPlace): CheckedKind {
  switch (node.kind) {
    case "agent":
      return checkAgentStep(cx, node, at);
    case "tool":
      return checkToolStep(cx, node, at);
    case "set":
      return checkSet(node, at);
    case "emit":
      return checkEmit(cx, node, at);
    case "switch":
      return checkSwitch(cx, node, at);
    case "parallel":
      return checkParallel(cx, node, at);
    case "map":
      return checkMap(cx, node, at);
    case "loop":
      return checkLoop(cx, node, at);
    case "saga":
      return checkSaga(cx, node, at);
    case "call":
      return checkCall(cx, node, at);
    case "ask":
      return checkAsk(cx, node, at);
    case "get":
      return checkGet(cx, node, at);
    case "put":
      return checkPut(cx, node, at);
    case "wait":
      return checkWait(cx, node, at);
    case "fail":
      return checkFail(cx, node, at);
    case "return":
      return checkReturn(cx, node, at);
  }
}
