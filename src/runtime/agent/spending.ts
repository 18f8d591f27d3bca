import { StepError } from "../../core/errors.js";
import type { Usage } from "../../core/event.js";
import type { ModelPlan } from "../../core/plan/flow-plan.js";
import type { RuntimePorts } from "../ports.js";
import { append, type ActiveRun, type Spending } from "../run/active-run.js";
import type { Path } from "../../core/run-id.js";
import type { AgentRun } from "./agent-run.js";

/** What a call may cost at most: held back while it runs (I36). */
export interface Reservation {
  readonly usage: Usage;
  readonly usd: number;
}

/** Where a model says no `max_tokens`. */
const USUAL_OUTPUT = 4096;
const CHARACTERS_PER_TOKEN = 4;

/** Input estimate and longest output, at list price; a model without a known price costs nothing. */
export function worstCase(ports: RuntimePorts, model: ModelPlan, characters: number): Reservation {
  const usage = { in: Math.ceil(characters / CHARACTERS_PER_TOKEN), out: model.maxTokens ?? USUAL_OUTPUT };
  return { usage, usd: usdOf(ports, model, usage) };
}

export function usdOf(ports: RuntimePorts, model: ModelPlan, usage: Usage): number {
  const price = ports.price(model);
  return price === null ? 0 : (usage.in * price.in + usage.out * price.out) / 1_000_000;
}

export const tokensOf = (usage: Usage): number => usage.in + usage.out;

/** Sums of prices are no exact decimals: a cap is not passed by a rounding error. */
const ROUNDING = 1e-9;

/** A sum as it is recorded: branches end in another order when they are replayed, and the last digits of a sum depend on it. */
export const sumOf = (usd: number): number => Number(usd.toFixed(12));

/** Raises `limit` where the call could pass what this agent run may spend. */
export function checkLimits({ agent, progress }: AgentRun, worst: Reservation): void {
  const { tokens, usd } = agent.plan.limits;
  const tokensThen = tokensOf(progress) + tokensOf(worst.usage);
  if (tokens !== undefined && tokensThen > tokens) throw new StepError("limit", `the agent \`${agent.name}\` may use ${tokens} tokens: with its next model call it could be ${tokensThen}`);
  const usdThen = progress.usd + worst.usd;
  if (usd !== undefined && usdThen > usd + ROUNDING) throw new StepError("limit", `the agent \`${agent.name}\` may spend ${usd} USD: with its next model call it could be ${usdThen.toFixed(6)}`);
}

/** I36: refused where settled + reserved + worst case pass the cap; nothing is awaited between this and `hold`. I8: the refusal is recorded; `audit` records that it would be one. */
export function checkBudget(run: ActiveRun, path: Path, worst: Reservation, shared: Shared | null): void {
  const { plan, duty } = run.ctx;
  const budget = duty?.budget ?? plan.budget;
  const id = duty?.budget?.over?.flow ?? plan.id;
  if (budget === undefined) return;
  const problem = shared === null ? overBudget(budget, "the run's budget", ownOf(run.spending), worst) : overBudget(budget, `the budget of \`${id}\` ${shared.over}`, shared, worst);
  if (problem === null) return;
  append(run, "step.decided", path, { what: budget.mode === "audit" ? "budget_audit" : "budget", value: problem });
  if (budget.mode === "audit") return;
  throw new StepError("budget", problem);
}

/** What the sum may come to; nothing where it is only looked at. */
export function mostOf({ ctx }: ActiveRun): { readonly tokens?: number; readonly usd?: number } {
  const budget = ctx.duty?.budget ?? ctx.plan.budget;
  if (budget === undefined || budget.mode === "audit") return {};
  return { ...(budget.tokens === undefined ? {} : { tokens: budget.tokens }), ...(budget.usd === undefined ? {} : { usd: budget.usd + ROUNDING }) };
}

interface Spent {
  readonly tokens: number;
  readonly usd: number;
}
type Shared = Spent & { readonly over: string };

const ownOf = (spending: Spending): Spent => ({ tokens: tokensOf(spending) + spending.reservedTokens + spending.awayTokens, usd: spending.usd + spending.reservedUsd + spending.awayUsd });

function overBudget(budget: { readonly usd?: number; readonly tokens?: number }, what: string, spent: Spent, worst: Reservation): string | null {
  const tokens = spent.tokens + tokensOf(worst.usage);
  if (budget.tokens !== undefined && tokens > budget.tokens) return `${what} is ${budget.tokens} tokens: with this model call it could be ${tokens}`;
  const usd = spent.usd + worst.usd;
  if (budget.usd !== undefined && usd > budget.usd + ROUNDING) return `${what} is ${budget.usd} USD: with this model call it could be ${usd.toFixed(6)}`;
  return null;
}

export function hold(spending: Spending, worst: Reservation): void {
  spending.reservedTokens += tokensOf(worst.usage);
  spending.reservedUsd += worst.usd;
}

export function release(spending: Spending, worst: Reservation): void {
  spending.reservedTokens -= tokensOf(worst.usage);
  spending.reservedUsd -= worst.usd;
}
