import type { StepNode } from "../../shape/ast.js";
import type { FlowCheck } from "../flow-check.js";
import { finished } from "../hidden.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import type { KindPlace } from "./place.js";

/** Whatever fails inside, the saga raises `compensated` when it is undone; behind its pivot it raises nothing. */
export function checkSaga(cx: FlowCheck, node: StepNode & { readonly kind: "saga" }, { path }: KindPlace): CheckedKind {
  const id = path.slice(path.lastIndexOf("/") + 1);
  const inside = node.onUnknown === undefined ? cx : { ...cx, onUnknown: node.onUnknown };
  const body = cx.block(inside, node.block, { path, over: (inner) => finished(inner, id) });
  return {
    part: { kind: "saga", ...(node.onUnknown === undefined ? {} : { onUnknown: node.onUnknown.value }), block: body.plan },
    type: body.type,
    nothing: body.nothing,
    sources: body.sources ?? [],
    diverges: body.diverges,
    raises: allRaises([STEP_RAISES, raisesOf("compensated")]),
    pure: false,
    writes: body.writes,
  };
}
