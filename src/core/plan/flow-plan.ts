import type { Connection, Data, Expr, Prompt } from "../expression.js";
import type { Encoding, Envelope } from "../format/encoding.js";
import type { JsonObject } from "../json.js";
import type { BlockPlan, CompensatePlan } from "./step.js";

/** A key of `FlowPlan.schemas`. */
export type SchemaId = string;
/** Milliseconds. */
export type Millis = number;

/**
 * What the compiler gives and the runtime runs: names resolved, defaults applied, frozen, plain JSON.
 * `hash` is sha256 (hex) over the canonical JSON of everything but `hash` and `binding`:
 * endpoints and secrets are binding and do not change a flow's version (I37).
 */
export interface FlowPlan {
  readonly version: 1;
  readonly hash: string;
  readonly id: string;
  readonly release: string;
  readonly summary?: string;
  /** P: pure, publishes without a journal. J: journaled (docs/design/invariants.md). */
  readonly class: "P" | "J";
  readonly input: SchemaId;
  readonly output?: SchemaId;
  readonly triggers: readonly TriggerPlan[];
  readonly body: BlockPlan;
  readonly timeout?: Millis;
  readonly budget?: BudgetPlan;
  /** Its runs go on with the code of modules that they began with, or not at all (I37). */
  readonly pin?: true;
  /** A task that no worker has begun after so long is given up. */
  readonly queueTimeout?: Millis;
  /** I19: how many runs of a trigger may wait for a place; absent: 1,000. */
  readonly backlog?: number;
  /** Flows that a step starts as runs of their own, by `id@version`: they share the tables of this plan and are part of its version. */
  readonly flows?: Readonly<Record<string, CalledFlow>>;
  /** Nodes of the LangGraph graph, expanded and fused. */
  readonly graph: { readonly expanded: GraphLayout; readonly fused: GraphLayout };
  readonly topics: Readonly<Record<string, TopicPlan>>;
  readonly models: Readonly<Record<string, ModelPlan>>;
  readonly agents: Readonly<Record<string, AgentPlan>>;
  readonly tools: Readonly<Record<string, ToolPlan>>;
  readonly policies: Readonly<Record<string, PolicyPlan>>;
  /** By the name in the store, which all flows share. */
  readonly tables?: Readonly<Record<string, TablePlan>>;
  /** Self-contained JSON Schemas 2020-12 ($defs inside). */
  readonly schemas: Readonly<Record<SchemaId, JsonObject | boolean>>;
  /** sha256 of each module file, by the path that `module` tools name. */
  readonly code: Readonly<Record<string, string>>;
  readonly binding: BindingPlan;
}

/** What is another flow's own in a plan. */
export type CalledFlow = Pick<FlowPlan, "id" | "release" | "input" | "output" | "body" | "timeout" | "budget" | "pin" | "queueTimeout" | "graph">;

/** Endpoints and secrets by name: not part of the hash. */
export interface BindingPlan {
  readonly models: Readonly<Record<string, { readonly baseUrl?: Connection; readonly apiKey?: Connection; /** What paths in the model's options are relative to. */ readonly folder: string }>>;
  readonly tools: Readonly<Record<string, { readonly url: Connection; readonly headers: Readonly<Record<string, Connection>> }>>;
  /** Absolute path of each module file. */
  readonly modules: Readonly<Record<string, string>>;
  /** The flow that the plan was made of, also in plans of the runs that it starts, and the folder of its file, which modules are named from. Plans that were stored without it are of the place that they name. */
  readonly root?: { readonly flow: string; readonly folder: string };
  /** Secrets that the flow needs, for `doctor` and FC6. */
  readonly secrets: readonly { readonly secret: "env" | "file" | "vault"; readonly name: string }[];
}

export interface BudgetPlan {
  readonly usd?: number;
  readonly tokens?: number;
  readonly mode: "enforce" | "audit";
  /** A cap over all runs of a UTC day, not of one run. */
  readonly per?: "day";
  /** A cap over all runs that give the same here. */
  readonly key?: Expr;
}

export interface TopicPlan {
  readonly message?: SchemaId;
  /** Over `msg` and `meta` on the way in; the emitted message stands as `msg` on the way out. */
  readonly key?: Expr;
  readonly dlq?: string;
  /** The largest message that flows publish to it. */
  readonly maxBytes?: number;
  /** Bodies of larger ones are stored, and the message says where. */
  readonly claimCheck?: true;
  /** Absent: bare JSON. */
  readonly encoding?: Encoding;
  readonly envelope?: Envelope;
}

/** Rows by key, in the store. */
export interface TablePlan {
  readonly key: SchemaId;
  readonly value: SchemaId;
  /** How long a row stays after it was put. */
  readonly ttl?: Millis;
}

export type TriggerPlan =
  | {
      readonly kind: "topic";
      readonly topic: string;
      readonly group: string;
      /** Where a group that has never read begins; absent: the bus's own default. */
      readonly from?: "latest" | "earliest";
      /** What the message must fit: the topic's `message`, else the flow's `input`. */
      readonly message: SchemaId;
      readonly where?: Expr;
      readonly dedupe?: { readonly key: Expr; readonly ttl: Millis | "forever" };
      readonly ordering?: { readonly by: "key" | Expr; readonly release?: "parked" };
      readonly concurrency: number;
      readonly with: Data;
      /** Where the value of each run goes, as the answer to its message. */
      readonly reply?: string;
    }
  | { readonly kind: "manual"; readonly message: SchemaId; readonly with: Data; readonly concurrency: number }
  | { readonly kind: "schedule"; readonly cron: string; /** IANA. */ readonly zone: string; readonly with: Data; readonly concurrency: number }
  | {
      readonly kind: "http";
      readonly method: HttpMethod;
      /** `/orders/{id}`. */
      readonly path: string;
      /** Of what stands in the path, and of the query where there is no body: by field of the message, how its text is read. */
      readonly texts: Readonly<Record<string, TextForm>>;
      readonly message: SchemaId;
      readonly with: Data;
      readonly concurrency: number;
    };

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What the text of a path or a query stands for; anything but text is JSON. `list`: a name that is repeated. */
export interface TextForm {
  readonly as: "text" | "json";
  readonly list?: true;
}

export interface ModelPlan {
  /** `openai`, `scripted`, … : an adapter of the list in cli/wire.ts. */
  readonly provider: string;
  readonly model: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly api: "chat" | "responses";
  /** USD per million tokens. */
  readonly price?: { readonly in: number; readonly out: number };
  /** Everything else that the provider takes, for example `answers` of the scripted one. */
  readonly options: JsonObject;
}

export interface AgentPlan {
  readonly kind: "reactive";
  /** Names in `models`, in fallback order. */
  readonly models: readonly string[];
  readonly instructions: Prompt;
  readonly input: SchemaId;
  /** Absent: the answer is text. */
  readonly output?: SchemaId;
  readonly tools: readonly string[];
  readonly repair: number;
  readonly limits: { readonly turns: number; readonly usd?: number; readonly tokens?: number; readonly timeout: Millis };
  readonly guards: {
    readonly input: readonly GuardPlan[];
    readonly output: readonly GuardPlan[];
  };
}
export interface GuardPlan {
  readonly check: Expr;
  readonly onFail: "repair" | "refuse";
}

export type Idempotency =
  | { readonly kind: "none" | "key" | "native" }
  | { readonly kind: "header"; readonly header: string; readonly window?: Millis }
  | { readonly kind: "field"; readonly field: string; readonly window?: Millis };

interface ToolCommon {
  readonly summary?: string;
  readonly input: SchemaId;
  readonly output?: SchemaId;
  readonly effect: "read" | "write";
  readonly idempotency: Idempotency;
  /** Typed errors by code. `status` for http; `type` is the schema of `error.data`. */
  readonly errors: Readonly<Record<string, { readonly status: readonly number[]; readonly type?: SchemaId }>>;
  /** A read tool that answers `{ happened, output? }` about the write with `input` and `key` (I20). */
  readonly verify?: { readonly tool: string; readonly with: Data };
  /** Its workers. */
  readonly queue?: string;
  /** How a call is undone where its step says nothing else: an agent's calls, and steps in a saga without a `compensate` (I33). */
  readonly compensate?: CompensatePlan;
}
export type ToolPlan =
  | (ToolCommon & {
      readonly kind: "http";
      readonly method: string;
      /** Input fields that stand in the url: they are not sent again. */
      readonly urlFields: readonly string[];
      /** `none`: the body is ignored; `text`: it is the output; `json`: parsed and checked. */
      readonly answer: "none" | "text" | "json";
    })
  | (ToolCommon & { readonly kind: "module"; readonly file: string; readonly export: string })
  /** A service behind a topic, that answers on another one. */
  | (ToolCommon & { readonly kind: "request"; readonly topic: string; readonly reply: string; readonly timeout: Millis })
  | (ToolCommon & { readonly kind: "expr"; readonly value: Data });

export interface PolicyPlan {
  /** One attempt. */
  readonly timeout?: Millis;
  readonly retry?: RetryPlan;
  readonly breaker?: { readonly failures: number; readonly reset: Millis };
  readonly concurrency?: number;
  /** At most `max` calls begin in any time of this length; `per` makes a rate for each of its values. */
  readonly rate?: { readonly max: number; readonly window: Millis; readonly per?: Expr };
}
export interface RetryPlan {
  /** Attempts, the first included. */
  readonly max: number | "forever";
  readonly backoff: "constant" | "linear" | "exponential";
  readonly initial: Millis;
  readonly cap: Millis;
  readonly jitter: "none" | "full";
  /** Absent: the default for the step's effect. */
  readonly on?: readonly string[];
}

/**
 * The graph's nodes. `steps` runs top-level steps from..to (exclusive) of the body; `route` picks a case of the
 * top-level switch at `step`; `case` runs one case's block as the value of that switch.
 */
export interface GraphLayout {
  readonly nodes: readonly GraphNode[];
  readonly entry: string | null;
}
export type GraphNode = { readonly id: string } & (
  | { readonly run: "steps"; readonly from: number; readonly to: number; readonly next: string | null }
  | { readonly run: "route"; readonly step: number; /** one target per case, then the target when none holds */ readonly cases: readonly (string | null)[] }
  | { readonly run: "case"; readonly step: number; readonly case: number; readonly next: string | null }
);
