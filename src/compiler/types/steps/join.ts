import type { JoinPlan } from "../../../core/plan/step.js";
import { similar } from "../../../core/typing/similar.js";
import { INTEGER } from "../../../core/type.js";
import type { JoinNode } from "../../shape/ast.js";
import { checkKey, type Place } from "../expression.js";

/** How many must succeed: `first` is `any`, a number, or CEL. */
export interface Join {
  readonly plan: JoinPlan;
  /** `unknown`: the expression went wrong, and nothing more is said about what the join gives. */
  readonly kind: "all" | "settled" | "first" | "unknown";
}

const WORDS = ["all", "settled", "any"];

export function checkJoin(place: Place, node: JoinNode | undefined): Join {
  if (node === undefined) return { plan: "all", kind: "all" };
  if ("cel" in node) {
    const { text, span } = node.cel;
    if (/^[A-Za-z]+$/.test(text) && !place.scope.vars.has(text)) {
      if (WORDS.includes(text)) {
        place.problems.report("FC2005", span, `\`${text}\` is no expression`, { hint: `write it without \`\${}\`: \`join: ${text}\`` });
        return { plan: "all", kind: "unknown" };
      }
      const near = similar(text, WORDS);
      place.problems.report("FC2005", span, `\`join\` is \`all\`, \`settled\`, \`any\`, a whole number or an expression, not \`${text}\``, near === null ? {} : { hint: `did you mean \`${near}\`?`, fix: { span, text: near } });
      return { plan: "all", kind: "unknown" };
    }
    if (/^-?\d+$/.test(text) && Number(text) < 1) {
      place.problems.report("FC2010", span, `\`join\` wants a whole number from 1 on, not \`${text}\``);
      return { plan: "all", kind: "unknown" };
    }
    const { expr, type } = checkKey(place, node.cel, "join", INTEGER, "a whole number");
    return { plan: expr, kind: type.kind === "never" ? "unknown" : "first" };
  }
  return { plan: node.value, kind: node.value === "all" || node.value === "settled" ? node.value : "first" };
}
