import type { BlockPlan } from "../../core/plan/step.js";
import { NEVER } from "../../core/type.js";
import { assignable } from "../../core/typing/assign.js";
import type { Span } from "../../core/diagnostic.js";
import type { BlockNode } from "../shape/ast.js";
import { ANYTHING } from "../../expr/facts.js";
import { checkCatch } from "./catch.js";
import type { Read } from "./checked.js";
import { typeData } from "./data.js";
import type { Expected } from "./expected.js";
import { checkCondition } from "./expression.js";
import { fit } from "./fit.js";
import { checkLock } from "./lock.js";
import { stepPlace, type BlockPlace, type FlowCheck } from "./flow-check.js";
import { SILENT, written, type CheckedBlock, type CheckedStep, type Yield } from "./outcome.js";
import { allRaises, raisesOf, STEP_RAISES, UNKNOWN_RAISES, type Raises } from "./raises.js";
import { checkStep } from "./step.js";

/** One block, one value, one visibility rule. */
export function checkBlock(cx: FlowCheck, node: BlockNode, at: BlockPlace): CheckedBlock {
  const { lexical } = cx;
  const reads: Read[] = [];
  const whole = lexical.enter();
  const when = node.when === undefined ? undefined : checkCondition(stepPlace(cx, reads), node.when, "when");
  if (when !== undefined) lexical.assume(when.whenTrue);

  const lock = node.lock === undefined ? null : checkLock(stepPlace(cx, reads), node.lock);

  const inside = lexical.enter();
  // A step that did not shape may be the one that makes sure of something.
  if (node.broken === true) lexical.assume(ANYTHING);
  const steps: CheckedStep[] = [];
  const raises: Raises[] = [];
  if (node.broken === true) raises.push(UNKNOWN_RAISES);
  let ended = false;
  for (const step of node.steps) {
    const checked = checkStep(cx, step, steps.at(-1) ?? null, at.path);
    steps.push(checked);
    raises.push(checked.raises);
    ended ||= checked.diverges && step.when === undefined;
  }
  const value = node.value === undefined ? null : typeData(stepPlace(cx, reads), node.value);
  const given = value !== null ? { type: value.failed ? NEVER : value.type, nothing: value.absent ? "its value may be absent" : null, sources: written(value) } : lastOf(node, steps, ended);
  if (at.expected !== undefined) {
    if (value !== null) fit(cx.problems, value, at.expected);
    else fitYield(cx, given, steps.at(-1)?.span ?? node.span, at.expected);
  }
  lexical.leave(inside);
  for (const { id } of steps) lexical.hide(id, `A \`catch\` cannot read \`steps.${id}\`: it guards that step, which may not have run`);
  const caught = node.catch === undefined ? null : checkCatch(cx, node.catch, withOwn(node, raises), at);
  lexical.leave(whole);
  for (const { id } of steps) lexical.hide(id, at.over(id));

  const plan: BlockPlan = {
    ...(when === undefined ? {} : { when: when.expr }),
    steps: steps.map((step) => step.plan),
    ...(value === null ? {} : { value: value.data }),
    ...(caught === null ? {} : { catch: caught.plan }),
    ...(node.timeout === undefined ? {} : { timeout: node.timeout.value }),
    ...(lock === null ? {} : { lock }),
  };
  cx.shared.blocks.set(plan, node);
  cx.shared.blockReads.set(plan, reads);
  const yields = caught === null ? given : caught.join(given, ended);
  return {
    plan,
    type: yields.type,
    nothing: yields.nothing,
    sources: yields.sources ?? [],
    diverges: ended && (caught?.diverges ?? true),
    raises: allRaises([caught === null ? withOwn(node, raises) : caught.raises, ...(node.when === undefined ? [] : [raisesOf("expr")])]),
    pure: lock === null && steps.every((step) => step.plan.pure) && (caught?.pure ?? true),
    writes: steps.some((step) => step.writes) || (caught?.writes ?? false),
  };
}

function lastOf(node: BlockNode, steps: readonly CheckedStep[], ended: boolean): Yield {
  if (node.broken === true) return SILENT;
  const last = steps.at(-1);
  if (last === undefined) return { type: NEVER, nothing: "its block has no steps and no `value`" };
  if (ended) return { type: NEVER, nothing: null };
  return last.plan.when === undefined ? last : { ...last, nothing: "the last step of its block has a `when`" };
}

/** A block's time limit, its lock and its value can fail too; its `when` is none of what its `catch` guards. */
const withOwn = (node: BlockNode, raises: readonly Raises[]): Raises => {
  const own = node.timeout !== undefined ? STEP_RAISES : node.value !== undefined || node.lock !== undefined ? raisesOf("expr") : null;
  return allRaises(own === null ? raises : [...raises, own]);
};

/** A value that is a step's output, not written as data. */
export function fitYield(cx: FlowCheck, given: Yield, span: Span, expected: Expected): void {
  if (given.nothing !== null) {
    cx.problems.report("FC4009", span, `This gives nothing${given.type.kind === "never" ? "" : " at times"} (${given.nothing}), and ${expected.what} is required`, {
      hint: "give the block a `value:`",
      related: expected.declared === undefined ? [] : [{ span: expected.declared, message: `${expected.what} is declared here` }],
    });
    return;
  }
  const mismatch = assignable(given.type, expected.type);
  if (mismatch === null) return;
  // Of several ways that lead here, those are reported that do not fit.
  const misfits = (given.sources ?? []).filter((source) => assignable(source.type, expected.type) !== null);
  if (misfits.some(({ span: at, data }) => data !== undefined || at !== span)) {
    for (const { span: at, type, data } of misfits) {
      if (data === undefined) fitYield(cx, { type, nothing: null }, at, expected);
      else fit(cx.problems, data, expected);
    }
    return;
  }
  cx.problems.report("FC4001", span, `The output of this step does not fit ${expected.what}: ${mismatch.path.length === 0 ? "" : `\`${mismatch.path.join(".")}\`: `}${mismatch.message}`, {
    hint: "a block without `value:` gives its last step's output",
    related: expected.declared === undefined ? [] : [{ span: expected.declared, message: `${expected.what} is declared here` }],
  });
}
