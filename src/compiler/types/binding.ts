import type { ModelPlan } from "../../core/plan/flow-plan.js";
import type { Span } from "../../core/diagnostic.js";
import type { FlowHead } from "../shape/ast.js";
import type { FlowCheck } from "./flow-check.js";

/** What the world outside can do, asked by those who know it: the compiler knows no adapter. What is absent is not asked. */
export interface Outside {
  /** Providers that have an adapter. */
  readonly providers?: ReadonlySet<string>;
  /** Whether the model's price is known, from the project file or the built-in table; its own `price` is looked at before. */
  readonly priced?: (name: string, model: ModelPlan) => boolean;
}

/** Models of a flow's agents against the world: their providers (FC6003), and prices where a `usd` limit needs them (FC6002). */
export function checkModels(cx: FlowCheck, head: FlowHead): void {
  const { agents, models } = cx.shared.parts.tables();
  for (const [declared, info] of cx.known.agents) {
    const agent = info === null ? undefined : agents[info.name];
    if (agent === undefined) continue;
    for (const name of agent.models) {
      const model = models[name];
      if (model === undefined) continue;
      checkProvider(cx, name, model, declared.span);
      if (agent.limits.usd !== undefined) checkPrice(cx, name, model, declared.span, `the \`usd\` limit of \`${declared.name}\``);
      else if (head.budget?.usd !== undefined && head.budget.mode === "enforce") checkPrice(cx, name, model, head.budget.span, "the flow's budget in USD");
    }
  }
}

function checkProvider(cx: FlowCheck, name: string, { provider }: ModelPlan, span: Span): void {
  const { providers } = cx.shared.outside;
  if (providers === undefined || providers.has(provider)) return;
  cx.problems.report("FC6003", span, `There is no adapter for the provider \`${provider}\` of the model \`${name}\``, { hint: `there are ${[...providers].map((one) => `\`${one}\``).join(", ")}; many servers speak OpenAI's protocol: \`openai\` with their \`base_url\`` });
}

function checkPrice(cx: FlowCheck, name: string, model: ModelPlan, span: Span, what: string): void {
  const { priced } = cx.shared.outside;
  if (priced === undefined || model.price !== undefined || priced(name, model)) return;
  cx.problems.report("FC6002", span, `The price of the model \`${name}\` is not known, and ${what} needs it`, { hint: "give the model `price: { in, out }` in USD per million tokens, or limit `tokens`" });
}
