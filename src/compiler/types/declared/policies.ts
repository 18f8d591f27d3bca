import { BUILTIN_ERROR_CODES } from "../../../core/errors.js";
import type { PolicyPlan, RetryPlan } from "../../../core/plan/flow-plan.js";
import { inherited, lineage, type Lineage } from "../../names/inherit.js";
import { declarations, type Declared } from "../../names/namespace.js";
import { didYouMean, resolveName } from "../../names/resolve.js";
import type { Located, PolicyDecl } from "../../shape/ast.js";
import { TEXT } from "../data.js";
import { checkKey } from "../expression.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { makeLexical } from "../scope.js";

/** The key in `FlowPlan.policies`; null after a problem. */
export function resolvePolicy(cx: FlowCheck, name: Located<string>): string | null {
  const declared = resolveName(cx.problems, cx.document.names, "policies", name);
  return declared === null ? null : policyName(cx, declared);
}

export function policyName(cx: FlowCheck, declared: Declared<"policies">): string | null {
  const old = cx.known.policies.get(declared);
  if (old !== undefined) return old;
  const chain = lineage(cx.problems, declared);
  const name = chain === null ? null : cx.shared.parts.policy(declared.name, cx.owner, policyPlan(cx, chain));
  cx.known.policies.set(declared, name);
  return name;
}

function policyPlan(cx: FlowCheck, chain: Lineage<"policies">): PolicyPlan {
  const timeout = inherited(chain, (value) => value.timeout)?.value.value;
  const retry = inherited(chain, (value) => value.retry)?.value;
  const breaker = inherited(chain, (value) => value.breaker)?.value;
  const concurrency = inherited(chain, (value) => value.concurrency)?.value;
  const rate = inherited(chain, (value) => value.rate)?.value;
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(retry === undefined ? {} : { retry: retryPlan(cx, retry) }),
    ...(breaker === undefined ? {} : { breaker }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined ? {} : { rate: ratePlan(cx, rate) }),
  };
}

/** What it is counted by is of the flow that uses the policy: a library has no input. */
function ratePlan(cx: FlowCheck, { max, window, per }: NonNullable<PolicyDecl["rate"]>): NonNullable<PolicyPlan["rate"]> {
  if (per === undefined || cx.input === null) return { max, window };
  const scope = makeLexical();
  scope.bind("input", cx.input.type);
  return { max, window, per: checkKey(placeWith(cx, scope), per, "per", TEXT, "a text or a number").expr };
}

function retryPlan(cx: FlowCheck, retry: NonNullable<PolicyDecl["retry"]>): RetryPlan {
  for (const code of retry.on ?? []) checkCode(cx, code);
  return {
    max: retry.max?.value ?? 3,
    backoff: retry.backoff ?? "exponential",
    initial: retry.initial ?? 200,
    cap: retry.cap ?? 30_000,
    jitter: retry.jitter ?? "full",
    ...(retry.on === undefined ? {} : { on: retry.on.map(({ value }) => value) }),
  };
}

/** A policy serves many steps: its codes are the language's, or those of any tool in sight. */
function checkCode(cx: FlowCheck, { value: code, span }: Located<string>): void {
  const known = new Set<string>(BUILTIN_ERROR_CODES);
  if (known.has(code)) return;
  for (const declared of declarations(cx.document.names)) {
    if (declared.section === "tools" && "errors" in declared.value) for (const { name } of declared.value.errors) known.add(name.value);
  }
  if (!known.has(code)) cx.problems.report("FC3008", span, `There is no error code \`${code}\``, { hint: didYouMean(code, [...known], "") });
}
