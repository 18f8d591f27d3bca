import type { Span } from "../../core/diagnostic.js";
import type { Expr } from "../../core/expression.js";
import type { BlockPlan, OnUnknown, StepPlan } from "../../core/plan/step.js";
import type { Type } from "../../core/type.js";
import type { Declared } from "../names/namespace.js";
import type { LoadedDocument, World } from "../names/load.js";
import type { StepIds } from "../names/step-ids.js";
import type { Problems } from "../problems.js";
import type { BlockNode, FlowHead, Located } from "../shape/ast.js";
import type { CalledDraft, Read, StepInfo } from "./checked.js";
import type { AgentInfo } from "./declared/agents.js";
import type { ToolInfo } from "./declared/tools.js";
import type { TableInfo } from "./declared/tables.js";
import type { TopicInfo } from "./declared/topics.js";
import type { Outside } from "./binding.js";
import type { CheckedBlock } from "./outcome.js";
import type { Expected } from "./expected.js";
import type { Place } from "./expression.js";
import type { Foresee } from "./foresight.js";
import type { PlanParts } from "./plan-parts.js";
import type { Lexical } from "./scope.js";
import { makeTypes, type Types } from "./shape-of.js";

/** The check of one document: of its declarations, and of its flow where it has one. */
export interface FlowCheck {
  readonly document: LoadedDocument;
  readonly problems: Problems;
  readonly shared: Shared;
  readonly lexical: Lexical;
  /** The id before names that clash in the plan. */
  readonly owner: string;
  /** Null in a library, or where it could not be told (that is reported). */
  readonly input: Expected | null;
  /** Null: the flow declares none. */
  readonly output: Expected | null;
  readonly ids: StepIds;
  readonly known: Known;
  /** How many steps the flow has, with those of the flows that it calls. */
  readonly size: { steps: number };
  /** What the saga around says of writes whose outcome is hidden. */
  readonly onUnknown?: Located<OnUnknown>;
  /** Types of what `return` steps gave so far. */
  readonly returned: Type[];
  /** Steps hold blocks that hold steps. */
  readonly block: (cx: FlowCheck, node: BlockNode, at: BlockPlace) => CheckedBlock;
  /** A flow that a step calls. */
  readonly callee: (shared: Shared, document: LoadedDocument, site: Span, path: string) => Callee | null;
}

export interface BlockPlace {
  /** Of the step that holds the block; "" for the flow. */
  readonly path: string;
  /** Why a step of this block cannot be read once the block is over. */
  readonly over: (id: string) => string;
  /** What the block must yield. */
  readonly expected?: Expected;
}

/** An inlined flow, checked once however often it is called. */
export interface Callee extends CheckedBlock {
  readonly input: Expected;
  /** How many steps come in with each call of it. */
  readonly steps: number;
}

/** What was said of a declaration once; null after a problem. */
export interface Known {
  readonly types: Types;
  readonly agents: Map<Declared<"agents">, AgentInfo | null>;
  readonly tools: Map<Declared<"tools">, ToolInfo | null>;
  /** Tools that are being looked at. */
  readonly openTools: Set<Declared<"tools">>;
  readonly models: Map<Declared<"models"> | string, string | null>;
  readonly policies: Map<Declared<"policies">, string | null>;
  readonly topics: Map<Declared<"topics">, TopicInfo>;
  readonly tables: Map<Declared<"tables">, TableInfo>;
}

export const nothingKnown = (): Known => ({
  types: makeTypes(),
  agents: new Map(),
  tools: new Map(),
  openTools: new Set(),
  models: new Map(),
  policies: new Map(),
  topics: new Map(),
  tables: new Map(),
});

/** Over a flow and those that it calls. */
export interface Shared {
  readonly world: World;
  readonly outside: Outside;
  readonly parts: PlanParts;
  readonly steps: Map<StepPlan, StepInfo>;
  readonly blocks: Map<BlockPlan, BlockNode>;
  readonly blockReads: Map<BlockPlan, readonly Read[]>;
  /** Steps whose lost answer `verify` stands in for: checked at the end, when it is known which outputs are read. */
  readonly verified: VerifiedStep[];
  /** Ids of what undoes steps. */
  readonly undos: Set<string>;
  /** Path of the file that is checked, not of one that it calls. */
  readonly root: string;
  readonly problems: Problems;
  /** Flows that are being checked, the outermost first. */
  readonly calls: OpenCall[];
  readonly callees: Map<LoadedDocument, Callee | null>;
  readonly bodies: Map<LoadedDocument, { readonly input: Expected | null; readonly output: Expected | null; readonly plan: BlockPlan; readonly budgetKey?: Expr }>;
  /** For flows that are called from inside themselves. */
  readonly foresee: Foresee;
  /** By flow: those around it that it leads back to, each with how deep the circle may go. */
  readonly circles: Map<LoadedDocument, Map<LoadedDocument, number>>;
  /** Flows that are started as runs of their own, by the key that they get in the plan. */
  readonly children: Map<string, LoadedDocument>;
  /** Steps of queues, by the key of their runs' plan. */
  readonly queued: Map<string, CalledDraft>;
}

export interface OpenCall {
  readonly document: LoadedDocument;
  readonly head: FlowHead;
  /** The place that calls it. */
  readonly site: Span;
  readonly input: Expected | null;
  readonly output: Expected | null;
}

export interface VerifiedStep {
  readonly id: string;
  readonly tool: ToolInfo;
  readonly span: Span;
  readonly undone: boolean;
}

/** Where the expressions of a step are checked. */
export const stepPlace = (cx: FlowCheck, reads: Read[]): Place => ({ problems: cx.problems, reads, scope: cx.lexical });

/** A place with a scope of its own: an agent's or a tool's section, a trigger, a topic. */
export const placeWith = (cx: FlowCheck, scope: Place["scope"]): Place => ({ problems: cx.problems, reads: [], scope });
