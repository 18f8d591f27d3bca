import type { Expr } from "../../core/expression.js";
import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import { compileExpr } from "../../expr/evaluate.js";
import type { RuntimePorts } from "../ports.js";
import type { Bare } from "../run/bare.js";
import { makeBreaker, type Breaker } from "./breaker.js";
import type { Rate } from "./rate.js";
import { createRates, type Rates } from "./rates.js";
import { makeSemaphore, type Semaphore } from "./semaphore.js";

/** What runs of one process share about a policy: one breaker a policy and target, one semaphore a policy, one rate a policy and key. */
interface Shared {
  readonly rates: Rates;
  readonly breakers: Map<string, Breaker>;
  readonly semaphores: Map<string, Semaphore>;
}

const byPorts = new WeakMap<RuntimePorts, Shared>();

function sharedOf(ports: RuntimePorts): Shared {
  const known = byPorts.get(ports);
  if (known !== undefined) return known;
  const made: Shared = { rates: createRates(), breakers: new Map(), semaphores: new Map() };
  byPorts.set(ports, made);
  return made;
}

export function breakerOf(ports: RuntimePorts, flow: string, policy: { readonly name: string; readonly plan: PolicyPlan }, target: string): Breaker | null {
  const { breaker } = policy.plan;
  if (breaker === undefined) return null;
  const { breakers } = sharedOf(ports);
  const key = JSON.stringify([flow, policy.name, target]);
  const known = breakers.get(key) ?? makeBreaker(target, breaker, ports.clock);
  breakers.set(key, known);
  return known;
}

export function semaphoreOf(ports: RuntimePorts, flow: string, policy: { readonly name: string; readonly plan: PolicyPlan }): Semaphore | null {
  const { concurrency } = policy.plan;
  if (concurrency === undefined) return null;
  const { semaphores } = sharedOf(ports);
  const key = JSON.stringify([flow, policy.name]);
  const known = semaphores.get(key) ?? makeSemaphore(concurrency);
  semaphores.set(key, known);
  return known;
}

/** `env` is what the expression of `per` reads: each of its values has a rate of its own. */
export function rateOf(ports: RuntimePorts, flow: string, policy: { readonly name: string; readonly plan: PolicyPlan }, env: Bare): Rate | null {
  const { rate } = policy.plan;
  if (rate === undefined) return null;
  const key = JSON.stringify([flow, policy.name, rate.per === undefined ? null : String(closureOf(rate.per)(env))]);
  return sharedOf(ports).rates.of(key, rate, ports.clock.now());
}

const closures = new WeakMap<Expr, (env: Bare) => unknown>();

function closureOf(expr: Expr): (env: Bare) => unknown {
  const known = closures.get(expr) ?? compileExpr(expr.ast, expr.text);
  closures.set(expr, known);
  return known;
}
