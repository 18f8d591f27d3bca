import { forwardBlocks } from "./blocks.js";
import type { FlowPlan } from "./flow-plan.js";
import type { BlockPlan, StepPlan } from "./step.js";

/** The most that a run can spend on models, as far as the plan says. */
export interface WorstCase {
  /** Retries by policy not counted. */
  readonly calls: number;
  /** Calls for each item or pass of what nothing in the plan limits, by the path of that step. */
  readonly each: readonly { readonly step: string; readonly calls: number }[];
  /** Of the budget, else of the agents' limits; null: no limit. */
  readonly tokens: number | null;
  readonly usd: number | null;
}

export function worstCase(plan: FlowPlan): WorstCase {
  const each: { step: string; calls: number }[] = [];
  const agents = { tokens: 0, usd: 0 };
  const count = (block: BlockPlan, prefix: string, times: number): number =>
    block.steps.reduce((sum, step) => {
      const path = `${prefix}${step.id}`;
      const own = step.kind === "agent" ? callsOf(plan, step) : 0;
      if (own > 0 && step.kind === "agent") {
        agents.tokens += limitOf(plan, step, "tokens") * times;
        agents.usd += limitOf(plan, step, "usd") * times;
      }
      const open = step.kind === "map" || (step.kind === "loop" && step.max === undefined);
      const passes = step.kind === "loop" ? (step.max ?? 1) : 1;
      const inner = forwardBlocks(step).reduce((all, one) => all + count(one, `${path}/`, times * (open ? Infinity : passes)), 0);
      if (open && inner > 0) each.push({ step: path, calls: inner });
      return sum + own + (open ? 0 : inner * passes);
    }, (block.catch ?? []).reduce((all, clause) => all + count(clause.block, prefix, times), 0));
  const calls = count(plan.body, "", 1);
  const limit = (own: number | undefined, sum: number): number | null => own ?? (Number.isFinite(sum) ? sum : null);
  // A cap over runs says nothing of one that goes on for days.
  const enforced = plan.budget?.mode === "enforce" && plan.budget.per === undefined ? plan.budget : undefined;
  return { calls, each, tokens: limit(enforced?.tokens, agents.tokens), usd: limit(enforced?.usd, agents.usd) };
}

const targetsOf = ({ agent }: StepPlan & { readonly kind: "agent" }): readonly string[] => (typeof agent === "string" ? [agent] : agent.from);

/** A fallback takes a turn of its own each time. */
const callsOf = (plan: FlowPlan, step: StepPlan & { readonly kind: "agent" }): number => Math.max(0, ...targetsOf(step).map((name) => (plan.agents[name]?.limits.turns ?? 0) + Math.max((plan.agents[name]?.models.length ?? 1) - 1, 0)));

const limitOf = (plan: FlowPlan, step: StepPlan & { readonly kind: "agent" }, what: "tokens" | "usd"): number => Math.max(0, ...targetsOf(step).map((name) => plan.agents[name]?.limits[what] ?? Infinity));
