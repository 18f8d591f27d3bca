import { NEVER, type Type } from "../../../core/type.js";
import type { StepNode } from "../../shape/ast.js";
import { checkCompensate } from "../compensate.js";
import { impliedData, typeData, type TypedData } from "../data.js";
import { resolveTopic } from "../declared/topics.js";
import { ANYTHING } from "../expected.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import type { KindPlace } from "./place.js";
import { checkTarget } from "./target.js";

export function checkEmit(cx: FlowCheck, node: StepNode & { readonly kind: "emit" }, at: KindPlace): CheckedKind {
  const { target, infos } = checkTarget(cx, at.place, node.topic, (name) => resolveTopic(cx, name));
  const data = node.with === undefined ? before(cx, node, at) : typeData(at.place, node.with);
  for (const { name, sent } of infos) {
    if (!fit(cx.problems, data, sent ?? { ...ANYTHING, what: `a message of \`${name}\`` })) break;
  }
  const compensate = node.compensate === undefined ? null : checkCompensate(cx, node.compensate, { path: at.path, output: { type: data.failed ? NEVER : data.type } });
  return {
    part: { kind: "emit", topic: target, with: data.data, ...(compensate === null ? {} : { compensate }), ...(node.pivot === undefined ? {} : { pivot: true }) },
    type: data.failed ? NEVER : data.type,
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, raisesOf("invalid_input")]),
    pure: true,
    writes: false,
  };
}

/** Without `with`: the output of the step before it in the same block. */
function before(cx: FlowCheck, node: StepNode & { readonly kind: "emit" }, { before: last, place }: KindPlace): TypedData {
  const failed = (type: Type): TypedData => ({ ...impliedData(node.head, ["input"], type), failed: true });
  if (last === null) return failed(NEVER); // first in its block: the shape phase says so
  const data = impliedData(node.head, ["steps", last.id], last.type);
  place.reads.push({ path: ["steps", last.id], span: node.head });
  if (last.nothing === null) return data;
  cx.problems.report("FC4009", node.head, `Without \`with\` this sends the output of \`${last.id}\`, which gives nothing${last.type.kind === "never" ? "" : " at times"} (${last.nothing})`, { hint: "write `with:`", related: [{ span: last.span, message: "the step before it" }] });
  return failed(last.type);
}
