import { hash as digest } from "node:crypto";
import { canonicalJson } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";
import { flowClass } from "./flow-class.js";
import { expandedLayout, fusedLayout } from "./layout.js";

/** The checked draft with its class, its graphs and its hash, frozen. */
export function finishPlan({ draft }: Pick<CheckedFlow, "draft">): FlowPlan {
  const { binding, flows, ...rest } = draft;
  const { body, tools } = draft;
  const called = flows === undefined ? {} : { flows: Object.fromEntries(Object.entries(flows).map(([as, flow]) => [as, { ...flow, graph: graphOf(flow.body) }])) };
  const hashed = { ...rest, ...called, class: flowClass(body, tools), graph: graphOf(body) };
  freeze(hashed);
  freeze(binding);
  let hash: string | undefined;
  // Checking alone asks for no hash, and what makes one takes as long to load as the check of a short flow.
  return Object.freeze({
    ...hashed,
    binding,
    get hash() {
      return (hash ??= planHash(hashed));
    },
  });
}

const graphOf = (body: BlockPlan): FlowPlan["graph"] => ({ expanded: expandedLayout(body), fused: fusedLayout(body) });

/** I37: endpoints and secrets are binding, and no change of version. */
const planHash = (hashed: Omit<FlowPlan, "hash" | "binding">): string => digest("sha256", canonicalJson(hashed), "hex");

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
