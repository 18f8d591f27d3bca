import type { Data, Expr, Prompt } from "../expression.js";
import type { Millis, SchemaId } from "./flow-plan.js";

/**
 * A list of steps with a value. Its value is `value`, else the last step's output.
 * `when` is set for a branch or a block that may be left out.
 */
export interface BlockPlan {
  readonly when?: Expr;
  readonly steps: readonly StepPlan[];
  readonly value?: Data;
  readonly catch?: readonly CatchPlan[];
  readonly timeout?: Millis;
  /** The text that it has for itself, over all runs of the store. */
  readonly lock?: Expr;
}

/** First match wins. `on: "any"` matches every code but an operator's cancel. */
export interface CatchPlan {
  readonly on: readonly string[] | "any";
  readonly block: BlockPlan;
}

/** Any worker of the queue does it, in a run of its own (I25). */
export interface QueuePlan {
  readonly name: string;
  /** The site of the queue that does it: a text. */
  readonly key?: Data;
  /** What it runs: a key of `FlowPlan.flows`. */
  readonly as: string;
}

interface StepCommon {
  /** Unique in the flow when written; `<kind><n>` (n-th of its kind in its block) when left out (I6). */
  readonly id: string;
  readonly when?: Expr;
  /** A name in `FlowPlan.policies`. */
  readonly policy?: string;
  readonly timeout?: Millis;
  /** As a block's. */
  readonly lock?: Expr;
  readonly queue?: QueuePlan;
  readonly catch?: readonly CatchPlan[];
  /** Whether everything at and below this step is pure (class P). */
  readonly pure: boolean;
}

/** `all` `settled` `any`, a number of successes, or CEL read once at the start. */
export type JoinPlan = "all" | "settled" | "any" | number | Expr;

export type Target = string | { readonly pick: Expr; readonly from: readonly string[] };

/** How a step is undone (I29): from the recorded values of what its block reads, by the pinned plan. */
export interface CompensatePlan {
  /** Names it in the journal: unique in the plan. */
  readonly id: string;
  readonly block: BlockPlan;
  /** The variables of the step's own scope that the block reads: `["input", "id"]`, `["steps", "triage"]`. */
  readonly reads: readonly (readonly string[])[];
}

export type OnUnknown = "retry" | "verify" | "fail";

interface Undoable {
  readonly compensate?: CompensatePlan;
  /** From its intent on the saga is not undone (I32). */
  readonly pivot?: true;
}

/** Where the question of an `ask` goes, beside the journal. `with` sees `asked`, the question. */
export type AskedPlan = { readonly is: "topic"; readonly topic: string } | { readonly is: "tool"; readonly tool: string; readonly with: Data };

/** What a `wait` stands still for. */
export type WaitPlan =
  | { readonly is: "duration"; readonly ms: Millis }
  /** A timestamp; one that is past does not wait. */
  | { readonly is: "time"; readonly at: Expr }
  /** Without a schema it carries any JSON. */
  | { readonly is: "signal"; readonly signal: string; readonly output?: SchemaId }
  /** A message of the topic with this key. `since`: those that come from the run's admission on, or from when the step is reached. */
  | { readonly is: "message"; readonly topic: string; readonly key: Data; readonly where?: Expr; readonly since: "run" | "now"; /** All that come in this time, or until the condition over `msgs` holds. */ readonly collect?: { readonly until?: Expr; readonly for: Millis } };

/** A call that is a run of its own (I25). */
export interface ChildCall {
  /** A key of `FlowPlan.flows`. */
  readonly as: string;
  /** Nobody waits for its end. */
  readonly detached?: true;
  /** The call is part of a circle: so many runs deep it may go. */
  readonly depth?: number;
  /** It changes something. */
  readonly writes?: true;
}

export type StepPlan = StepCommon &
  (
    | { readonly kind: "agent"; readonly agent: Target; readonly with: Data; readonly trust?: "model" }
    | (Undoable & { readonly kind: "tool"; readonly tool: string; readonly with: Data; readonly key?: Data; readonly onUnknown?: OnUnknown })
    | { readonly kind: "set"; readonly value: Data }
    | (Undoable & { readonly kind: "emit"; readonly topic: Target; readonly with: Data })
    | { readonly kind: "switch"; readonly cases: readonly { readonly when?: Expr; readonly block: BlockPlan }[] }
    | {
        readonly kind: "parallel";
        readonly join: JoinPlan;
        readonly rest: "cancel" | "finish";
        readonly concurrency?: number;
        readonly branches: readonly { readonly name: string; readonly after: readonly string[]; readonly block: BlockPlan; /** It writes and can be cancelled: then it is undone (I23). */ readonly undo?: true }[];
      }
    | {
        readonly kind: "map";
        readonly over: Expr;
        readonly as: string;
        readonly join: JoinPlan;
        readonly rest: "cancel" | "finish";
        readonly concurrency?: number;
        readonly block: BlockPlan;
        /** Its items write and can be cancelled: then they are undone (I23). */
        readonly undo?: true;
      }
    | {
        readonly kind: "loop";
        readonly init: Data;
        readonly state: SchemaId;
        readonly over?: Expr;
        readonly as: string;
        readonly while?: Expr;
        readonly until?: Expr;
        readonly max?: number;
        readonly onMax: "fail" | "stop";
        readonly block: BlockPlan;
      }
    /** All done or all undone. Its `timeout` holds up to the pivot. */
    | { readonly kind: "saga"; readonly onUnknown?: OnUnknown; readonly block: BlockPlan }
    /** The called flow's body, inlined: its `input` is `with`, its steps' paths are nested under this id. Empty where the call is a run of its own. */
    | { readonly kind: "call"; readonly flow: string; readonly with: Data; readonly input: SchemaId; readonly block: BlockPlan; readonly run?: ChildCall; readonly compensate?: CompensatePlan }
    | {
        readonly kind: "ask";
        readonly question: Prompt;
        readonly show?: Data;
        readonly output: SchemaId;
        readonly default?: Data;
        /** A name alone, in plans of versions before this: nobody is told. */
        readonly to?: AskedPlan | string;
        readonly onTimeout?: Data;
      }
    | { readonly kind: "wait"; readonly for: WaitPlan }
    /** Yields nothing where there is no row. */
    | { readonly kind: "get"; readonly table: string; readonly key: Data }
    /** `if`: the row must be so, or must not be there where it yields nothing. */
    | (Undoable & { readonly kind: "put"; readonly table: string; readonly key: Data; readonly with: Data; readonly if?: Data })
    | { readonly kind: "fail"; readonly code: string; readonly message: Data; readonly data?: Data }
    | { readonly kind: "return"; readonly value: Data }
  );

export type StepKind = StepPlan["kind"];
