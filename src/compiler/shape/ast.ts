import type { HttpMethod } from "../../core/plan/flow-plan.js";
import type { Span } from "../../core/diagnostic.js";
import type { MapNode, Node, ScalarNode } from "../parse/tree.js";

/**
 * A document after the shape phase: every key known, every value of the right form, every place kept.
 * Names are not resolved, expressions and holes not parsed. Keys that are not built gave FC2090 and are not here.
 */
export interface FlowFile {
  readonly path: string;
  readonly span: Span;
  /** Absent in a library. */
  readonly flow?: FlowHead;
  readonly use: readonly UseRef[];
  readonly types: readonly Entry<TypeNode>[];
  readonly models: readonly Entry<ModelDecl>[];
  readonly topics: readonly Entry<TopicDecl>[];
  readonly tools: readonly Entry<ToolDecl>[];
  readonly agents: readonly Entry<AgentDecl>[];
  readonly policies: readonly Entry<PolicyDecl>[];
  readonly tables: readonly Entry<TableDecl>[];
  readonly secrets: readonly Located<string>[];
  /**
   * What stands in the file but did not shape, and was reported: `agents.writer`, `types.Order`, `use`, `steps.pay` (by id),
   * `flow.on`, `flow.input`, `flow.output`. A name that is missing because of it is no second problem: it has any type.
   */
  readonly broken: ReadonlySet<string>;
}

export interface FlowHead {
  readonly id: Located<string>;
  readonly version: string;
  readonly summary?: string;
  readonly on: readonly TriggerDecl[];
  readonly input?: TypeNode;
  readonly output?: TypeNode;
  readonly budget?: BudgetDecl;
  /** Its runs go on with the code of modules that they began with, or not at all. */
  readonly pin?: Located<boolean>;
  /** How many runs deep it may call itself. */
  readonly depth?: Located<number>;
  /** How long a task waits for a worker. */
  readonly queueTimeout?: DurationNode;
  /** How many runs of a trigger may wait for a place. */
  readonly backlog?: Located<number>;
  /** The flow's steps, value, catch, timeout and lock. */
  readonly body: BlockNode;
}

export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}
export interface Entry<T> {
  readonly name: Located<string>;
  readonly value: T;
}
export interface UseRef {
  readonly path: Located<string>;
  readonly prefix?: Located<string>;
}

/** A type as written: a name or shorthand text, or a schema object (with `fields` or plain JSON Schema). */
export type TypeNode = ScalarNode | MapNode;
/** Bare CEL. */
export type CelNode = ScalarNode;
/** Data that may hold `${…}`. */
export type DataNode = Node;
/** A prompt: text, or the file that holds it (relative to the declaring file). */
export type PromptNode = { readonly kind: "text"; readonly node: ScalarNode } | { readonly kind: "file"; readonly path: Located<string> };
/** Milliseconds. */
export type DurationNode = Located<number>;

export interface ModelDecl {
  readonly span: Span;
  readonly extends?: Located<string>;
  readonly provider?: Located<string>;
  readonly model?: Located<string>;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly api?: "chat" | "responses";
  readonly apiKey?: ScalarNode;
  readonly baseUrl?: ScalarNode;
  readonly price?: { readonly in: number; readonly out: number };
  /** Provider-specific keys (`answers` of the scripted provider …). */
  readonly options: readonly { readonly key: Located<string>; readonly value: Node }[];
}

export interface TopicDecl {
  readonly span: Span;
  readonly message?: TypeNode;
  readonly key?: CelNode;
  readonly dlq?: Located<string>;
  readonly max_bytes?: Located<number>;
  readonly claim_check?: Located<boolean>;
  readonly format?: Located<"json" | "avro" | "protobuf">;
  readonly registry?: { readonly subject: Located<string> };
  readonly envelope?: { readonly mode: "binary" | "structured"; readonly source?: Located<string>; readonly type?: Located<string> };
}

export interface TableDecl {
  readonly span: Span;
  /** Absent: text. */
  readonly key?: TypeNode;
  readonly value: TypeNode;
  readonly ttl?: DurationNode;
}

export interface ToolDecl {
  readonly span: Span;
  readonly extends?: Located<string>;
  readonly summary?: string;
  readonly form?:
    | { readonly kind: "http"; readonly method: Located<string>; readonly url: ScalarNode; readonly headers: readonly Entry<ScalarNode>[] }
    | { readonly kind: "module"; readonly path: Located<string>; readonly export: string }
    | { readonly kind: "request"; readonly topic: Located<string>; readonly reply: Located<string>; readonly timeout?: DurationNode }
    | { readonly kind: "expr"; readonly value: DataNode };
  readonly input?: TypeNode;
  readonly output?: TypeNode;
  readonly effect?: Located<"read" | "write">;
  readonly idempotency?: Located<
    | { readonly kind: "none" | "key" | "native" }
    | { readonly kind: "header"; readonly header: string; readonly window?: number }
    | { readonly kind: "field"; readonly field: string; readonly window?: number }
  >;
  readonly errors: readonly Entry<{ readonly status: readonly number[]; readonly type?: TypeNode }>[];
  readonly verify?: { readonly tool: Located<string>; readonly with?: DataNode };
  readonly compensate?: { readonly tool: Located<string>; readonly with?: DataNode };
  readonly queue?: Located<string>;
}

export interface AgentDecl {
  readonly span: Span;
  readonly extends?: Located<string>;
  readonly kind?: Located<"reactive">;
  /** Names, or `provider/model`. */
  readonly model?: readonly Located<string>[];
  readonly instructions?: PromptNode;
  readonly input?: TypeNode;
  readonly output?: TypeNode;
  readonly tools?: readonly Located<string>[];
  readonly repair?: number;
  readonly limits?: { readonly turns?: number; readonly usd?: number; readonly tokens?: number; readonly timeout?: number };
  readonly guards?: { readonly input: readonly GuardDecl[]; readonly output: readonly GuardDecl[] };
  readonly queue?: Located<string>;
}
export interface GuardDecl {
  readonly check: CelNode;
  readonly onFail: "repair" | "refuse";
}

export interface PolicyDecl {
  readonly span: Span;
  readonly extends?: Located<string>;
  readonly timeout?: DurationNode;
  readonly retry?: {
    readonly span: Span;
    readonly max?: Located<number | "forever">;
    readonly backoff?: "constant" | "linear" | "exponential";
    readonly initial?: number;
    readonly cap?: number;
    readonly jitter?: "none" | "full";
    readonly on?: readonly Located<string>[];
  };
  readonly breaker?: { readonly failures: number; readonly reset: number };
  readonly concurrency?: number;
  readonly rate?: { readonly max: number; readonly window: number; readonly per?: CelNode };
}

export interface BudgetDecl {
  readonly span: Span;
  readonly usd?: number;
  readonly tokens?: number;
  readonly mode: "enforce" | "audit";
  readonly per?: "day";
  readonly key?: CelNode;
}

export type TriggerDecl =
  | {
      readonly kind: "topic";
      readonly span: Span;
      readonly topic: Located<string>;
      readonly group?: string;
      readonly from?: "latest" | "earliest";
      readonly where?: CelNode;
      readonly dedupe?: { readonly key: CelNode; readonly ttl: number | "forever" };
      /** `by` is the word `key` or bare CEL. */
      readonly ordering?: { readonly by: "key" | CelNode; readonly release?: "parked" };
      readonly concurrency?: number;
      readonly with?: DataNode;
      readonly reply?: Located<string>;
    }
  | { readonly kind: "manual"; readonly span: Span; readonly with?: DataNode; readonly concurrency?: number }
  | { readonly kind: "schedule"; readonly span: Span; readonly cron: Located<string>; readonly zone?: string; readonly with?: DataNode; readonly concurrency?: number }
  | { readonly kind: "http"; readonly span: Span; readonly method: HttpMethod; readonly path: Located<string>; readonly with?: DataNode; readonly concurrency?: number };

export interface BlockNode {
  readonly span: Span;
  readonly when?: CelNode;
  readonly steps: readonly StepNode[];
  /** Whether `do` was written (an empty list counts). */
  readonly hasDo: boolean;
  readonly value?: DataNode;
  readonly catch?: readonly CatchNode[];
  readonly timeout?: DurationNode;
  readonly lock?: CelNode;
  /** A step of this list (or the value) did not shape and is left out: what the block yields is unknown, and that was reported. */
  readonly broken?: true;
}
export interface CatchNode {
  readonly span: Span;
  readonly on: readonly Located<string>[] | "any";
  readonly block: BlockNode;
}

export type TargetNode =
  | { readonly kind: "name"; readonly name: Located<string> }
  | { readonly kind: "pick"; readonly pick: CelNode; readonly from: readonly Located<string>[] };

/** Where the question of an `ask` goes: to a topic, or to a tool that tells somebody. */
export type AskedNode = { readonly is: "topic"; readonly topic: Located<string> } | { readonly is: "tool"; readonly tool: Located<string>; readonly with?: DataNode };

/** What a `wait` stands still for. */
export type WaitNode =
  | { readonly is: "duration"; readonly duration: DurationNode }
  | { readonly is: "time"; readonly at: CelNode }
  | { readonly is: "signal"; readonly signal: Located<string>; readonly type?: TypeNode }
  | { readonly is: "message"; readonly topic: Located<string>; readonly key: DataNode; readonly where?: CelNode; readonly since: "run" | "now"; readonly collect?: { readonly until?: CelNode; readonly for: DurationNode } };

export type JoinNode = Located<"all" | "settled" | "any" | number> | { readonly cel: CelNode };

/** The workers that do a step. */
export interface QueueNode {
  readonly name: Located<string>;
  readonly key?: DataNode;
}

export interface StepCommon {
  /** The whole step. */
  readonly span: Span;
  /** The kind's key, e.g. `agent`. */
  readonly head: Span;
  /** Absent when left out: the names phase gives `<kind><n>`. */
  readonly id?: Located<string>;
  readonly when?: CelNode;
  readonly policy?: Located<string>;
  readonly timeout?: DurationNode;
  readonly lock?: CelNode;
  readonly queue?: QueueNode;
  readonly catch?: readonly CatchNode[];
}

export type StepNode = StepCommon & StepPart;

/** What steps have that a saga can undo, or not. */
export interface UndoKeys {
  readonly compensate?: BlockNode;
  readonly pivot?: Located<boolean>;
}

/** What one kind of step has beside the common keys. */
export type StepPart =
  | { readonly kind: "agent"; readonly agent: TargetNode; readonly with?: DataNode; readonly trust?: Located<"model"> }
  | (UndoKeys & {
      readonly kind: "tool";
      readonly tool: Located<string>;
      readonly with?: DataNode;
      readonly key?: DataNode;
      readonly onUnknown?: Located<"retry" | "verify" | "fail">;
      readonly trust?: Located<"model">;
    })
  | { readonly kind: "set"; readonly value: DataNode }
  | (UndoKeys & { readonly kind: "emit"; readonly topic: TargetNode; readonly with?: DataNode })
  | { readonly kind: "switch"; readonly cases: readonly { readonly span: Span; readonly when?: CelNode; readonly block: BlockNode }[] }
  | {
      readonly kind: "parallel";
      readonly join?: JoinNode;
      readonly rest?: Located<"cancel" | "finish">;
      readonly concurrency?: number;
      readonly branches: readonly { readonly name: Located<string>; readonly after: readonly Located<string>[]; readonly block: BlockNode }[];
    }
  | {
      readonly kind: "map";
      readonly over: CelNode;
      readonly as?: Located<string>;
      readonly join?: JoinNode;
      readonly rest?: Located<"cancel" | "finish">;
      readonly concurrency?: number;
      readonly block: BlockNode;
    }
  | {
      readonly kind: "loop";
      readonly init: DataNode;
      readonly type?: TypeNode;
      readonly over?: CelNode;
      readonly as?: Located<string>;
      readonly while?: CelNode;
      readonly until?: CelNode;
      readonly max?: Located<number>;
      readonly onMax?: "fail" | "stop";
      readonly block: BlockNode;
    }
  | { readonly kind: "saga"; readonly onUnknown?: Located<"retry" | "verify" | "fail">; readonly block: BlockNode }
  | { readonly kind: "call"; readonly flow: Located<string>; readonly with?: DataNode; readonly detach?: true; readonly compensate?: BlockNode }
  | {
      readonly kind: "ask";
      readonly question: PromptNode;
      readonly show?: DataNode;
      readonly output: TypeNode;
      readonly default?: DataNode;
      readonly to?: AskedNode;
      readonly onTimeout?: DataNode;
    }
  | { readonly kind: "wait"; readonly for: WaitNode }
  | { readonly kind: "get"; readonly table: Located<string>; readonly key: DataNode }
  | (UndoKeys & {
      readonly kind: "put";
      readonly table: Located<string>;
      readonly key: DataNode;
      readonly with: DataNode;
      readonly if?: DataNode;
      readonly trust?: Located<"model">;
    })
  | { readonly kind: "fail"; readonly code: Located<string>; readonly message: DataNode; readonly data?: DataNode }
  | { readonly kind: "return"; readonly value: DataNode };
