import type { Lent, LentBudget, RunEvent } from "../../core/event.js";
import { isJsonObject } from "../../core/json.js";
import { endedStep } from "../../core/signal-name.js";
import type { Path } from "../../core/run-id.js";
import type { ActiveRun, Spending } from "../run/active-run.js";
import { onCancelled, type Scope, throwIfCancelled } from "../run/scope.js";
import { budgetKeyOf } from "./shared-budget.js";
import { tokensOf } from "./spending.js";

/**
 * I36: what a task may spend of the run's budget is held back until the run hears of its end, and what it has spent counts:
 * what its agent may spend by its own limits (`most`), else all that is left. Where other tasks hold back so much that less is
 * left, the step waits for the end of one. Of a budget over runs nothing is held back: each call of a model counts in it,
 * wherever it is made. Null without a budget.
 */
export async function lend(run: ActiveRun, path: Path, scope: Scope, most: Lent): Promise<LentBudget | null> {
  const { spending } = run;
  for (;;) {
    throwIfCancelled(scope);
    const budget = shareOf(run, most);
    const lent = budget === null ? null : lentOf(budget);
    if (lent === null) return budget;
    const isLess = (["tokens", "usd"] as const).some((what) => (lent[what] ?? Infinity) < (most[what] ?? Infinity));
    if (spending.lent.size === 0 || !isLess) {
      holdLent(spending, path, lent);
      return budget;
    }
    await givenBack(spending, scope);
  }
}

function shareOf(run: ActiveRun, most: Lent): LentBudget | null {
  const { plan, duty } = run.ctx;
  const budget = duty?.budget ?? plan.budget;
  if (budget === undefined) return null;
  const { mode, per } = budget;
  if (duty?.budget?.over !== undefined) return duty.budget;
  if (plan.budget !== undefined && (per !== undefined || plan.budget.key !== undefined)) return { ...limits(budget), mode, ...(per === undefined ? {} : { per }), over: { flow: plan.id, key: budgetKeyOf(run) } };
  const { spending } = run;
  const share = (left: number, own = Infinity): number => Math.min(Math.max(left, 0), own);
  const rest = {
    ...(budget.tokens === undefined ? {} : { tokens: share(budget.tokens - tokensOf(spending) - spending.awayTokens - spending.reservedTokens, most.tokens) }),
    ...(budget.usd === undefined ? {} : { usd: share(budget.usd - spending.usd - spending.awayUsd - spending.reservedUsd, most.usd) }),
  };
  return { ...rest, mode };
}

const limits = ({ tokens, usd }: Lent): Lent => ({ ...(tokens === undefined ? {} : { tokens }), ...(usd === undefined ? {} : { usd }) });

/** What is held back meanwhile; null: nothing. */
export const lentOf = (budget: LentBudget): Lent | null => (budget.over !== undefined || budget.mode === "audit" ? null : limits(budget));

/** Held back from the run's own budget, until it is given back. */
export function holdLent(spending: Spending, path: Path, lent: Lent): void {
  const { tokens = 0, usd = 0 } = lent;
  spending.lent.set(path, lent);
  spending.reservedTokens += tokens;
  spending.reservedUsd += usd;
}

/** The run has heard of an end. */
export function giveBack(spending: Spending, name: string): void {
  const path = endedStep(name);
  const lent = path === null ? undefined : spending.lent.get(path);
  if (path === null || lent === undefined) return;
  const { tokens = 0, usd = 0 } = lent;
  spending.lent.delete(path);
  spending.reservedTokens -= tokens;
  spending.reservedUsd -= usd;
  for (const tell of spending.borrowers) tell();
}

/** In memory: what it waits for are tasks, and those end. */
function givenBack({ borrowers }: Spending, scope: Scope): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const off = onCancelled(scope, reject);
  borrowers.add(resolve);
  return promise.finally(() => {
    off();
    borrowers.delete(resolve);
  });
}

/** What is held back by tasks of which a journal holds no end, by the paths of their steps. */
export function openLent(events: Iterable<RunEvent>): ReadonlyMap<Path, Lent> {
  const open = new Map<Path, Lent>();
  for (const { type, path, data } of events) {
    if (type === "step.dispatched" && path !== undefined && data.lent !== undefined) open.set(path, data.lent);
    else if (type === "signal.received") open.delete(endedStep(data.name) ?? "");
  }
  return open;
}

/** What the end of a task says that it has spent. */
export function spentElsewhere({ type, data }: RunEvent): Required<Lent> {
  if (type !== "signal.received" || endedStep(data.name) === null || !isJsonObject(data.payload)) return NOTHING;
  const { tokens, usd } = data.payload;
  return { tokens: typeof tokens === "number" ? tokens : 0, usd: typeof usd === "number" ? usd : 0 };
}

const NOTHING: Required<Lent> = { tokens: 0, usd: 0 };
