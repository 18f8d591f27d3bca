import "./library/node-version.js";
import type { LocatedDiagnostic } from "./cli/format/json.js";
import { compileText, type FlowFiles, type FlowSource } from "./library/compile-text.js";

export { type CompiledFlow, compileFlow, type CompileFlowOptions, type FlowGraph } from "./library/compile-flow.js";
export { FlowParked } from "./runtime/flow-parked.js";
export type { FlowFiles, FlowSource } from "./library/compile-text.js";
export { openStore } from "./library/open-store.js";
export type { FlowPorts } from "./library/ports.js";
export type { LocatedDiagnostic as Diagnostic } from "./cli/format/json.js";
export { InfraError, StepError } from "./core/errors.js";
export type { FlowError } from "./core/errors.js";
export type { RunEvent, TokenEvent, Wait } from "./core/event.js";
export type { EmittedMessage } from "./core/graph.js";
export type { Json, JsonObject } from "./core/json.js";
export type { FlowPlan, ModelPlan, ToolPlan } from "./core/plan/flow-plan.js";
export type { Bus, Delivery, Outgoing, Subscription } from "./core/ports/bus.js";
export type { Clock } from "./core/ports/clock.js";
export type { Model, ModelAnswer, ModelRequest } from "./core/ports/model.js";
export type { Random } from "./core/ports/random.js";
export type { RequestOutcome } from "./core/ports/operator.js";
export type { CommitItem, CommitResult, Fence, IndexOp, RunRequest, RunRow, Store } from "./core/ports/store.js";
export type { Tool, ToolCall } from "./core/ports/tool.js";
export type { Observer } from "./runtime/ports.js";

/** All problems of a flow file; none of LangGraph, models or tools is loaded. */
export const validate = (source: FlowSource, { files }: { readonly files?: FlowFiles } = {}): { readonly diagnostics: readonly LocatedDiagnostic[] } => ({ diagnostics: compileText(source, files).diagnostics });
