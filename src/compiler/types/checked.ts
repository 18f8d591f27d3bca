import type { Span } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import type { CalledFlow, FlowPlan } from "../../core/plan/flow-plan.js";
import type { Path } from "../../core/run-id.js";
import type { Type } from "../../core/type.js";
import type { BlockNode, FlowFile, FlowHead, StepNode } from "../shape/ast.js";

/** A flow after names and types: its plan but for class, graph and hash, and what the rules ask about each part of it. */
export interface CheckedFlow {
  readonly file: FlowFile;
  readonly head: FlowHead;
  readonly draft: Omit<FlowPlan, "hash" | "class" | "graph" | "flows"> & { readonly flows?: Readonly<Record<string, CalledDraft>> };
  /** By the plan's own step objects, also those of called flows and of blocks below. */
  readonly steps: ReadonlyMap<StepPlan, StepInfo>;
  readonly blocks: ReadonlyMap<BlockPlan, BlockNode>;
  /** What the `when` and the `value` of a block read. */
  readonly blockReads: ReadonlyMap<BlockPlan, readonly Read[]>;
  /** Every declaration that this document can see. */
  readonly declarations: readonly Declaration[];
}

export type CalledDraft = Omit<CalledFlow, "graph">;

export interface StepInfo {
  readonly node: StepNode;
  readonly path: Path;
  readonly output: Type;
  /** Error codes that the step can raise, before its own `catch`. */
  readonly raises: ReadonlySet<string>;
  /** What its own expressions and data read (not those of blocks inside). */
  readonly reads: readonly Read[];
  /** True when the step, or one below it, is a write effect (an `emit` is none). */
  readonly writes: boolean;
}

/** One access path in an expression: ["steps", "triage", "risk"]. */
export interface Read {
  readonly path: readonly string[];
  readonly span: Span;
}

export interface Declaration {
  readonly section: "types" | "models" | "topics" | "tools" | "agents" | "policies" | "tables";
  readonly name: string;
  readonly span: Span;
  /** Written in this very document, not imported. */
  readonly own: boolean;
  readonly used: boolean;
}
