import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import type { RuntimePorts } from "../ports.js";
import { makeBreaker, type Breaker } from "./breaker.js";
import { makeSemaphore, type Semaphore } from "./semaphore.js";

/** What runs of one process share about a policy: one breaker a policy and target, one semaphore a policy. */
interface Shared {
  readonly breakers: Map<string, Breaker>;
  readonly semaphores: Map<string, Semaphore>;
}

const byPorts = new WeakMap<RuntimePorts, Shared>();

function sharedOf(ports: RuntimePorts): Shared {
  const known = byPorts.get(ports);
  if (known !== undefined) return known;
  const made: Shared = { breakers: new Map(), semaphores: new Map() };
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
