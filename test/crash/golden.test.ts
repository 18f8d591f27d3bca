import { describe, expect, test } from "vitest";
import { runGraph } from "../../src/compiler/run-graph.js";
import type { RunEvent } from "../../src/core/event.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { LoadedFlow } from "../../src/runtime/world.js";
import { langgraphRunner } from "../support/langgraph-runner.js";
import { loadFlows } from "../support/runtime.js";
import { outcomeOf, problemsOf } from "./check.js";
import { drive } from "./drive.js";
import { SCENARIOS } from "./scenarios.js";

const WAYS: Readonly<Record<string, (plan: FlowPlan) => LoadedFlow["graph"]>> = {
  "fused, called": (plan) => runGraph(plan.graph.fused),
  "fused, through LangGraph's loop": (plan) => langgraphRunner(plan, plan.graph.fused),
  "a node per step, through LangGraph's loop": (plan) => langgraphRunner(plan, plan.graph.expanded),
  "a node per step, called": (plan) => runGraph(plan.graph.expanded),
};

/** I6, I42: neither the layout nor who calls the nodes changes paths, outputs, messages or what is recorded; grouping and times may differ. */
describe("golden journals", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const plans = loadFlows(scenario.text).map(({ plan }) => plan);
      const seen = [];
      for (const [way, graph] of Object.entries(WAYS)) {
        const remains = await drive(scenario, plans.map((plan) => ({ plan, graph: graph(plan) })), []);
        expect({ way, problems: problemsOf(remains, remains, 0) }).toEqual({ way, problems: [] });
        seen.push({ way, outcome: outcomeOf(remains), journals: Object.fromEntries([...remains.events].map(([run, events]) => [run, recorded(events)])) });
      }
      for (const { way, ...what } of seen) expect({ way, ...what }).toEqual({ ...seen[0], way });
    });
  }
});

/** Each end and each effect with its path; what pure steps computed one by one. Concurrent branches may come in any order. */
function recorded(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === "steps.computed" ? event.data.items.map(({ path, taken, skipped }) => `computed ${path} ${taken ?? skipped ?? ""}`) : [`${event.type} ${event.path ?? ""}`])).toSorted();
}
