import type { Lent, LentBudget, RunEvent } from "../../core/event.js";
import { isJsonObject } from "../../core/json.js";
import { endedStep } from "../../core/signal-name.js";
import type { ActiveRun, Spending } from "../run/active-run.js";
import { budgetKeyOf } from "./shared-budget.js";
import { tokensOf } from "./spending.js";

/**
 * I36: what a task may spend of the run's budget is held back until it has ended, and what it has spent counts. Of a
 * budget over runs nothing is held back: each call of a model counts in it, wherever it is made. Null without a budget.
 */
export function lend(run: ActiveRun): LentBudget | null {
  const { plan, duty } = run.ctx;
  const budget = duty?.budget ?? plan.budget;
  if (budget === undefined) return null;
  const { mode, per } = budget;
  if (duty?.budget?.over !== undefined) return duty.budget;
  if (plan.budget !== undefined && (per !== undefined || plan.budget.key !== undefined)) return { ...limits(budget), mode, ...(per === undefined ? {} : { per }), over: { flow: plan.id, key: budgetKeyOf(run) } };
  const { spending } = run;
  const rest = {
    ...(budget.tokens === undefined ? {} : { tokens: Math.max(budget.tokens - tokensOf(spending) - spending.awayTokens - spending.reservedTokens, 0) }),
    ...(budget.usd === undefined ? {} : { usd: Math.max(budget.usd - spending.usd - spending.awayUsd - spending.reservedUsd, 0) }),
  };
  return { ...rest, mode };
}

const limits = ({ tokens, usd }: Lent): Lent => ({ ...(tokens === undefined ? {} : { tokens }), ...(usd === undefined ? {} : { usd }) });

/** What is held back meanwhile; null: nothing. */
export const lentOf = (budget: LentBudget): Lent | null => (budget.over !== undefined || budget.mode === "audit" ? null : limits(budget));

/** Held back from the run's own budget, until it is given back. */
export function holdLent(spending: Spending, { tokens = 0, usd = 0 }: Lent = {}): () => void {
  spending.reservedTokens += tokens;
  spending.reservedUsd += usd;
  return () => {
    spending.reservedTokens -= tokens;
    spending.reservedUsd -= usd;
  };
}

/** What the end of a task says that it has spent. */
export function spentElsewhere({ type, data }: RunEvent): Required<Lent> {
  if (type !== "signal.received" || endedStep(data.name) === null || !isJsonObject(data.payload)) return NOTHING;
  const { tokens, usd } = data.payload;
  return { tokens: typeof tokens === "number" ? tokens : 0, usd: typeof usd === "number" ? usd : 0 };
}

const NOTHING: Required<Lent> = { tokens: 0, usd: 0 };
