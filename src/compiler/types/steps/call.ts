import type { ChildCall } from "../../../core/plan/step.js";
import { thousands } from "../../../core/thousands.js";
import { NEVER, objectOf, STRING } from "../../../core/type.js";
import type { LoadedDocument } from "../../names/load.js";
import type { StepNode } from "../../shape/ast.js";
import { checkCompensate } from "../compensate.js";
import type { Expected } from "../expected.js";
import type { Callee, FlowCheck } from "../flow-check.js";
import type { CheckedBlock, CheckedKind, Outcome } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES, UNKNOWN_RAISES } from "../raises.js";
import { childKey, circleAt, circleBehind, resolveFlow } from "./called.js";
import { checkInput } from "./input.js";
import type { KindPlace } from "./place.js";

type CallNode = StepNode & { readonly kind: "call" };

/** Another flow: inlined, with one run, one journal, one budget; or a run of its own, where it is detached or calls itself. */
export function checkCall(cx: FlowCheck, node: CallNode, { path, place }: KindPlace): CheckedKind {
  const document = resolveFlow(cx, node.flow);
  const called = document === null ? null : calledBy(cx, node, document, path);
  const id = document?.file.flow?.id.value ?? node.flow.value;
  const input = called?.input ?? null;
  const data = checkInput(cx, place, node.with, node.flow.span, input === null ? [] : [input]);
  const type = called?.type ?? NEVER;
  const compensate = node.compensate === undefined ? null : checkCompensate(cx, node.compensate, { path, output: { type } });
  return {
    part: {
      kind: "call",
      flow: id,
      with: data.data,
      input: cx.shared.parts.schema(`flows.${id}.input`, input?.schema() ?? true),
      block: called?.plan ?? { steps: [] },
      ...(called?.run === undefined ? {} : { run: called.run }),
      ...(compensate === null ? {} : { compensate }),
    },
    type,
    nothing: called?.nothing ?? null,
    // A `return` in it ends the called flow only.
    diverges: called !== null && called.diverges && called.type.kind === "never",
    raises: allRaises([STEP_RAISES, called?.raises ?? UNKNOWN_RAISES]),
    pure: false,
    writes: called?.writes ?? false,
  };
}

/** Flows that call each other twice and more would hold each other's steps times over. */
const MAX_STEPS = 20_000;

/** Whether the steps of the called flow have room in this one. It is said once, where they have none. */
function holds({ size, problems }: FlowCheck, { flow }: CallNode, { steps }: Callee): boolean {
  const had = size.steps;
  size.steps += steps;
  if (size.steps <= MAX_STEPS) return true;
  if (had <= MAX_STEPS) problems.report("FC1002", flow.span, `With \`${flow.value}\` and all that it calls the flow has more than ${thousands(MAX_STEPS)} steps`, { hint: "with `detach: true` or a `queue` a call is a run of its own, whose steps do not count here" });
  return false;
}

interface Called extends Outcome {
  readonly input: Expected | null;
  readonly plan?: CheckedBlock["plan"];
  readonly run?: ChildCall;
}

function calledBy(cx: FlowCheck, node: CallNode, document: LoadedDocument, path: string): Called | null {
  const circle = circleAt(cx, document, node.flow);
  if (circle === null) return null;
  const { around } = circle;
  const callee = around === null ? cx.callee(cx.shared, document, node.flow.span, path) : null;
  if (around === null && callee === null) return null;
  const depth = around === null ? circleBehind(cx, document) : circle.depth;
  if (callee !== null && node.detach !== true && node.queue === undefined) return holds(cx, node, callee) ? callee : null;
  const { raises, writes } = callee ?? cx.shared.foresee(document);
  const run: ChildCall = { as: childKey(cx.shared, document), ...(node.detach === true ? { detached: true } : {}), ...(depth === null ? {} : { depth }), ...(writes ? { writes } : {}) };
  const deep = depth === null ? new Map() : raisesOf("limit");
  const own = { nothing: null, diverges: false, pure: false, writes, run, input: callee?.input ?? around?.input ?? null };
  if (node.detach === true) return { ...own, type: objectOf({ run: STRING }), raises: deep };
  if (around !== null && around.output === null) {
    const id = around.head.id.value;
    cx.problems.report("FC4016", node.flow.span, `\`${id}\` is called from inside itself, and does not say what it yields`, { hint: "declare its type: `output: …` beside its `steps`", related: [{ span: around.head.id.span, message: `\`${id}\` is declared here` }] });
  }
  // A person who cancels it denies its value.
  return { ...own, type: callee?.type ?? around?.output?.type ?? NEVER, nothing: callee?.nothing ?? null, raises: allRaises([raises, deep, raisesOf("denied", "unknown")]) };
}
