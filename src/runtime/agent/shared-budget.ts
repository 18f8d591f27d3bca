import type { BudgetPlan } from "../../core/plan/flow-plan.js";
import type { IndexOp, Store } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { keyTextOf } from "../../expr/evaluate/text-of.js";
import { patiently, Stopped } from "../patience.js";
import type { RuntimePorts } from "../ports.js";
import type { ActiveRun } from "../run/active-run.js";
import { bare } from "../run/bare.js";
import { tokensOf, type Reservation } from "./spending.js";

/**
 * A budget over runs (I36): what all of them have spent and hold back. The store has it in the items of the calls, so that
 * it says what the journals say. Where one process has the store, who decides keeps the sum in memory, because a decision
 * waits for nothing; where several have it the store decides, and what stands here counts nothing.
 */
export interface SharedBudget {
  readonly scope: string;
  /** When nobody asks for it any more, Infinity for never. */
  readonly until: number;
  /** For people: what it holds for. */
  readonly over: string;
  tokens: number;
  usd: number;
  /** Calls that look at it, or whose end is not durable. */
  open: number;
}

const DAY_MS = 86_400_000;
/** A day's sum can be looked at for so long after it. */
const KEPT_MS = 7 * DAY_MS;
/** Sums in memory that nobody looks at. */
const MOST = 10_000;

const byStore = new WeakMap<Store, Map<string, Promise<SharedBudget>>>();

/** Which sum a call that begins now counts in; null: the flow has no budget over runs. `leaveBudget` gives it back. */
export async function enterBudget(run: ActiveRun): Promise<SharedBudget | null> {
  const { plan, ports, duty } = run.ctx;
  const over = duty?.budget?.over;
  const of = over === undefined ? scopeOf(plan.id, plan.budget, budgetKeyOf(run), ports.clock.now()) : scopeOf(over.flow, { ...duty?.budget, over: true }, over.key, ports.clock.now());
  if (of === null) return null;
  if (run.ctx.reserve !== undefined) return { ...of, tokens: 0, usd: 0, open: 0 };
  const known = byStore.get(ports.store) ?? new Map<string, Promise<SharedBudget>>();
  byStore.set(ports.store, known);
  for (;;) {
    const loading = known.get(of.scope) ?? load(known, of, ports, () => run.dropped);
    // Who asked for it first may be gone, and it may have been let go meanwhile.
    const budget = await loading.catch((thrown: unknown) => {
      if (thrown instanceof Stopped && !run.dropped) return null;
      throw thrown;
    });
    if (budget === null || known.get(of.scope) !== loading) continue;
    budget.open += 1;
    return budget;
  }
}

export function leaveBudget(budget: SharedBudget | null): void {
  if (budget !== null) budget.open -= 1;
}

function load(known: Map<string, Promise<SharedBudget>>, of: Pick<SharedBudget, "scope" | "until" | "over">, { store, clock }: RuntimePorts, stopped: () => boolean): Promise<SharedBudget> {
  if (known.size >= MOST) for (const [scope, loaded] of known) void loaded.then(({ open }) => open === 0 && known.delete(scope), () => undefined);
  const made = patiently(clock, stopped, () => store.budgets({ scope: of.scope, limit: 1 })).then(([used]): SharedBudget => ({ ...of, tokens: used?.tokens ?? 0, usd: used?.usd ?? 0, open: 0 }));
  known.set(of.scope, made);
  made.catch(() => known.delete(of.scope));
  return made;
}

interface OverRuns extends Partial<Pick<BudgetPlan, "per" | "key">> {
  /** Of a task: its flow's is one. */
  readonly over?: true;
}

function scopeOf(id: string, budget: OverRuns | undefined, key: string | null, now: number): Pick<SharedBudget, "scope" | "until" | "over"> | null {
  if (budget === undefined || (budget.per === undefined && budget.key === undefined && budget.over === undefined)) return null;
  const day = budget.per === undefined ? null : new Date(now).toISOString().slice(0, 10);
  const over = [...(day === null ? [] : [`of ${day}`]), ...(key === null ? [] : [`with the key ${JSON.stringify(key)}`])].join(" ");
  return { scope: JSON.stringify([id, day, key]), until: day === null ? Infinity : (Math.floor(now / DAY_MS) + 1) * DAY_MS + KEPT_MS, over };
}

export function budgetKeyOf({ ctx, ready }: ActiveRun): string | null {
  return ready.budgetKey === null ? null : keyTextOf(ready.budgetKey(bare({ input: ctx.input })));
}

/** Goes with the call's intent. */
export function holdOf({ scope, until }: SharedBudget, call: Path, { usage, usd }: Reservation): IndexOp {
  return { op: "budget.hold", scope, call, until, tokens: tokensOf(usage), usd };
}

/** Goes with the call's end. */
export function settleOf({ scope, until }: Pick<SharedBudget, "scope" | "until">, call: Path, cost: Reservation | null): IndexOp {
  return { op: "budget.settle", scope, call, until, tokens: cost === null ? 0 : tokensOf(cost.usage), usd: cost?.usd ?? 0 };
}

/** Of a scope that a journal names. */
export function untilOf(scope: string): number {
  const [, day]: readonly unknown[] = JSON.parse(scope);
  return typeof day === "string" ? Date.parse(day) + DAY_MS + KEPT_MS : Infinity;
}

/** What is decided next counts it; `times` -1 takes back what was held. */
export function count(budget: SharedBudget, { usage, usd }: Reservation, times: 1 | -1): void {
  budget.tokens += times * tokensOf(usage);
  budget.usd += times * usd;
}
