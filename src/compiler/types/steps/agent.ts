import { NEVER } from "../../../core/type.js";
import { joinAll } from "../../../core/typing/join.js";
import type { StepNode } from "../../shape/ast.js";
import { resolveAgent } from "../declared/agents.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, CALL_RAISES, raisesOf, STEP_RAISES, UNKNOWN_RAISES } from "../raises.js";
import { checkInput } from "./input.js";
import type { KindPlace } from "./place.js";
import { checkTarget } from "./target.js";

export function checkAgentStep(cx: FlowCheck, node: StepNode & { readonly kind: "agent" }, { place }: KindPlace): CheckedKind {
  const { target, infos, failed } = checkTarget(cx, place, node.agent, (name) => resolveAgent(cx, name));
  const head = node.agent.kind === "name" ? node.agent.name.span : node.head;
  const data = checkInput(cx, place, node.with, head, infos.map(({ input }) => input));
  return {
    part: { kind: "agent", agent: target, with: data.data, ...(node.trust === undefined ? {} : { trust: node.trust.value }) },
    type: failed ? NEVER : joinAll(infos.map(({ output }) => output)),
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, CALL_RAISES, raisesOf("refused", "budget"), ...infos.map(({ errors }) => errors), ...(failed ? [UNKNOWN_RAISES] : [])]),
    pure: false,
    queues: infos.map(({ queue }) => queue),
    writes: infos.some(({ writes }) => writes),
  };
}
