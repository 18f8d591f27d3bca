import type { JoinPlan } from "../../../core/plan/step.js";
import { INTEGER } from "../../../core/type.js";
import type { JoinNode } from "../../shape/ast.js";
import { checkKey, type Place } from "../expression.js";

/** How many must succeed: `first` is `any`, a number, or CEL. */
export interface Join {
  readonly plan: JoinPlan;
  readonly kind: "all" | "settled" | "first";
}

export function checkJoin(place: Place, node: JoinNode | undefined): Join {
  if (node === undefined) return { plan: "all", kind: "all" };
  if ("cel" in node) return { plan: checkKey(place, node.cel, "join", INTEGER, "a whole number").expr, kind: "first" };
  return { plan: node.value, kind: node.value === "all" || node.value === "settled" ? node.value : "first" };
}
