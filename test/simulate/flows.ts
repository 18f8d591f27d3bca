import { compile } from "../../src/compiler/compile.js";
import { runGraph } from "../../src/compiler/run-graph.js";
import type { Diagnostic } from "../../src/core/diagnostic.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { LoadedFlow } from "../../src/runtime/world.js";
import { langgraphRunner } from "../support/langgraph-runner.js";
import { createChance } from "./chance.js";
import { type Generated, generateFlow } from "./generate/flow.js";

/** Seeds in a row share a flow, for to compile it takes longer than to run it. */
export const SEEDS_A_FLOW = 8;

export interface Subject {
  readonly generated: Generated;
  /** Null where the compiler refuses it. */
  readonly flows: readonly LoadedFlow[] | null;
  /** With the version that is deployed next; none where nobody deploys one. */
  readonly next: readonly LoadedFlow[];
  /** Why: codes and messages. */
  readonly refusals: readonly string[];
  /** What the compiler must not do. */
  readonly broken: string | null;
}

export const flowNumber = (seed: number): number => Math.floor(seed / SEEDS_A_FLOW);

let last: { readonly number: number; readonly subject: Subject } | null = null;

export function subjectOf(seed: number): Subject {
  const number = flowNumber(seed);
  if (last?.number !== number) last = { number, subject: makeSubject(number) };
  return last.subject;
}

/** Who walks the graph must make no difference: one flow of so many goes through LangGraph's own loop, which takes longer than all the rest. */
const BY_LANGGRAPH = 8;
const graphFor = (number: number, plan: FlowPlan): LoadedFlow["graph"] => (number % BY_LANGGRAPH === 0 ? langgraphRunner(plan, plan.graph.fused) : runGraph(plan.graph.fused));

function makeSubject(number: number): Subject {
  const generated = generateFlow(createChance(number, "flow"), createChance(number, "queues"), createChance(number, "far"), createChance(number, "rare"));
  try {
    const { flows, errors } = loaded(number, generated.text);
    const refusals = errors.map(({ code, message }) => `${code} ${message}`);
    const internal = errors.find(({ code }) => code === "FC9000");
    if (flows === null) return { generated, flows, next: [], refusals, broken: internal === undefined ? null : internal.message };
    // A message that a pure flow has taken leaves nothing that would tell the next version.
    const next = generated.next === null || flows[0]?.plan.class === "P" ? null : loaded(number, generated.next).flows;
    return { generated, flows, next: next ?? [], refusals, broken: null };
  } catch (thrown) {
    return { generated, flows: null, next: [], refusals: [], broken: `the compiler threw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}` };
  }
}

function loaded(number: number, text: string): { readonly flows: readonly LoadedFlow[] | null; readonly errors: readonly Diagnostic[] } {
  const { flows, diagnostics } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => (path.endsWith("tools.ts") ? "export {};" : null) });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return { flows: errors.length > 0 ? null : flows.flatMap(({ plan }) => (plan === null ? [] : [{ plan, graph: graphFor(number, plan) }])), errors };
}
