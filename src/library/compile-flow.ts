import type { LocatedDiagnostic } from "../cli/format/json.js";
import type { emitGraph } from "../compiler/emit-graph.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { RequestOutcome } from "../core/ports/operator.js";
import type { RunRequest } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";
import { compileText, type FlowFiles, type FlowSource } from "./compile-text.js";
import type { FlowPorts } from "./ports.js";

export interface CompileFlowOptions {
  readonly files?: FlowFiles;
  readonly ports?: FlowPorts;
  /** One node per top-level step; else chains of steps that no reader tells apart are one node. */
  readonly expand?: boolean;
}

/** An uncompiled LangGraph graph: input `{ input }`, output `{ output, status, emitted }`, and `error` of a run that fails. */
export type FlowGraph = ReturnType<typeof emitGraph>;

interface ValidFlow extends AsyncDisposable {
  /** Warnings. */
  readonly diagnostics: readonly LocatedDiagnostic[];
  readonly plan: FlowPlan;
  readonly graph: FlowGraph;
  /** An answer to a run that waits in a durable store, its cancellation, the end of an incident: it goes on in this process. */
  readonly request: (run: RunId, request: RunRequest) => Promise<RequestOutcome>;
}

interface FlowWithErrors extends AsyncDisposable {
  readonly diagnostics: readonly LocatedDiagnostic[];
  readonly plan?: undefined;
  readonly graph?: undefined;
  readonly request?: undefined;
}

/** Where there is an error there is none of `plan`, `graph` and `request`: one that is there has the others beside it. */
export type CompiledFlow = ValidFlow | FlowWithErrors;

/**
 * A flow file as a LangGraph graph. Each invocation is a run: one that fails has the status `failed` and an `error`,
 * one that would wait for a person rejects with FlowParked. Dispose of it when its tools are no longer needed.
 */
export async function compileFlow(source: FlowSource, { files, ports = {}, expand = false }: CompileFlowOptions = {}): Promise<CompiledFlow> {
  const { diagnostics, plan } = compileText(source, files);
  if (plan === null) return { diagnostics, [Symbol.asyncDispose]: () => Promise.resolve() };
  // Heavy, and not needed where the flow has errors.
  const [{ emitGraph: emit }, { runGraph }, { driveRuns }, { openPorts, sharedOwner }] = await Promise.all([import("../compiler/emit-graph.js"), import("../compiler/run-graph.js"), import("../runtime/driven-runs.js"), import("./ports.js")]);
  const open = openPorts(ports);
  const layout = expand ? plan.graph.expanded : plan.graph.fused;
  const runs = driveRuns(plan, layout, open.ports, sharedOwner(open.ports.store), (older) => runGraph(older.graph.fused));
  return {
    diagnostics,
    plan,
    graph: emit(plan, layout, runs.execute),
    request: (run, request) => runs.request({ id: open.ports.random.id(), run, at: open.ports.clock.now(), by: "library", request }),
    async [Symbol.asyncDispose]() {
      await runs.close();
      await open[Symbol.asyncDispose]();
    },
  };
}
