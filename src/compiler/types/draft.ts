import { dirname, resolve } from "node:path";
import type { Expr } from "../../core/expression.js";
import type { BudgetPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan } from "../../core/plan/step.js";
import type { BudgetDecl, FlowHead } from "../shape/ast.js";
import type { CalledDraft, CheckedFlow } from "./checked.js";
import type { FlowCheck, Shared } from "./flow-check.js";
import type { CheckedBlock, Yield } from "./outcome.js";
import type { CheckedTriggers } from "./triggers.js";

export interface FlowOutcome {
  readonly cx: FlowCheck;
  readonly triggers: CheckedTriggers;
  readonly body: CheckedBlock;
  readonly yields: Yield;
}

/** What the check of a flow leaves of its plan. */
export function draftOf(head: FlowHead, { cx, triggers, body }: FlowOutcome): CheckedFlow["draft"] {
  const { parts, root } = cx.shared;
  const { id, version, summary, backlog } = head;
  for (const { value } of cx.document.file.secrets) parts.secret({ secret: "env", name: value });
  const input = parts.schema("input", cx.input?.schema() ?? true);
  const output = cx.output === null ? undefined : parts.schema("output", cx.output.schema());
  const tables = parts.tables();
  return {
    version: 1,
    id: id.value,
    release: version,
    ...(summary === undefined ? {} : { summary }),
    input,
    ...(output === undefined ? {} : { output }),
    triggers: triggers.plans,
    body: body.plan,
    ...limitsOf(head, body.plan, cx.shared.bodies.get(cx.document)?.budgetKey),
    ...(backlog === undefined ? {} : { backlog: backlog.value }),
    ...calledFlows(cx.shared),
    ...tables,
    binding: { ...tables.binding, root: { flow: id.value, folder: resolve(dirname(root)) } },
  };
}

const limitsOf = ({ budget, pin, queueTimeout }: FlowHead, { timeout }: BlockPlan, key: Expr | undefined): Pick<CalledDraft, "timeout" | "budget" | "pin" | "queueTimeout"> => ({
  ...(timeout === undefined ? {} : { timeout }),
  ...(budget === undefined ? {} : { budget: budgetPlan(budget, key) }),
  ...(pin?.value === true ? { pin: true } : {}),
  ...(queueTimeout === undefined ? {} : { queueTimeout: queueTimeout.value }),
});

const budgetPlan = ({ usd, tokens, mode, per }: BudgetDecl, key: Expr | undefined): BudgetPlan => ({
  ...(usd === undefined ? {} : { usd }),
  ...(tokens === undefined ? {} : { tokens }),
  mode,
  ...(per === undefined ? {} : { per }),
  ...(key === undefined ? {} : { key }),
});

/** Flows that steps start as runs of their own: the checked one among them where it calls itself, and steps of queues. */
function calledFlows({ children, bodies, parts, queued }: Shared): Pick<CheckedFlow["draft"], "flows"> {
  const flows = [...children].flatMap(([as, document]): readonly (readonly [string, CalledDraft])[] => {
    const body = bodies.get(document);
    const { flow: head } = document.file;
    if (body === undefined || head === undefined) return [];
    const { input, output, plan, budgetKey } = body;
    return [[as, {
      id: head.id.value,
      release: head.version,
      input: parts.schema(`flows.${as}.input`, input?.schema() ?? true),
      ...(output === null ? {} : { output: parts.schema(`flows.${as}.output`, output.schema()) }),
      body: plan,
      ...limitsOf(head, plan, budgetKey),
    }]];
  });
  const all = [...flows, ...queued];
  return all.length === 0 ? {} : { flows: Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
