import type { FlowError } from "./errors.js";
import type { Json, JsonObject } from "./json.js";
import type { Path, RunId } from "./run-id.js";

export interface Usage {
  readonly in: number;
  readonly out: number;
}
export type RunStatus = "completed" | "failed" | "cancelled" | "compensated" | "resolved";

/** An event that says all by its type. */
export interface Empty {
  readonly [key: string]: never;
}

/** How a step is undone, as it was when the step ended (I29). */
export interface UndoRecord {
  /** Id of a `CompensatePlan` of the run's plan. */
  readonly block: string;
  /** Values of the variables that the block reads. */
  readonly scope: JsonObject;
  /** Idempotency key of what is undone. */
  readonly key: string;
  /** The sagas, and the branches that can be cancelled, around the step: the outermost first (I23). */
  readonly within: readonly string[];
}

/** The one stream that journal, logs, terminal UI and reports are folds of. */
export interface EventMap {
  "run.admitted": { readonly flow: string; readonly hash: string; readonly input: Json; readonly source: MessageSource | null; /** Where neither a topic's message nor a person started it. */ readonly origin?: Origin; readonly lane?: string; /** The message, where the input is not the message itself. */ readonly message?: Json; /** Of a redriven message: the run whose id makes the idempotency keys (I17), and how often it was redriven. */ readonly redrive?: { readonly of: RunId; readonly count: number; readonly again?: Again }; /** Of a run that a step of another started. */ readonly parent?: Parent; /** Of a run that goes on from what another one had before that seq (`runs fork`). */ readonly fork?: { readonly of: RunId; readonly at: number } };
  "run.started": { readonly now: number };
  /** A new owner took the run up (I16). */
  "run.owned": { readonly worker: string; readonly epoch: number };
  "run.parked": { readonly waits: readonly Wait[] };
  "run.cancel_requested": { readonly by: string; readonly reason?: string };
  /** A failed run goes on at the step that failed (I6). */
  "run.reopened": { readonly path: Path; readonly by: string };
  "run.finished": { readonly status: RunStatus; readonly output?: Json; readonly error?: FlowError; readonly usage: Usage; readonly usd: number };
  "step.started": { readonly kind: string; readonly effect: "pure" | "read" | "write" | "model"; readonly attempt: number; readonly inHash: string; readonly input?: Json; readonly key?: string; readonly deadline?: number; /** sha256 of the module that it calls. */ readonly code?: string };
  "step.completed": { readonly attempt: number; readonly inHash?: string; readonly output?: Json; readonly ms: number; readonly undo?: UndoRecord };
  "step.failed": { readonly attempt: number; readonly error: FlowError; readonly outcome: "not_applied" | "unknown"; readonly retryAt?: number };
  "step.verified": { readonly applied: boolean; readonly output?: Json };
  "step.cancelled": { readonly reason: string; readonly outcome: "not_applied" | "unknown" };
  "step.skipped": Empty;
  /** The step calls a module whose file is not what the run began with, or went on with since (I37). */
  "code.changed": { readonly file: string; readonly code: string };
  /** The step has started a run of its own (I25). */
  "step.dispatched": { readonly child: RunId; readonly flow: string; readonly detached?: true; /** The queue, or its site, whose workers do it. */ readonly queue?: string; /** What it may spend of this run's budget (I36). */ readonly lent?: Lent };
  "step.decided": { readonly what: string; readonly value: Json };
  "steps.computed": { readonly items: readonly { readonly path: Path; readonly output?: Json; readonly skipped?: true; readonly taken?: number }[] };
  "loop.advanced": { readonly i: number; readonly carried: { readonly state: Json; /** `until` has held */ readonly done: boolean } };
  "model.started": { readonly attempt: number; readonly model: string; readonly reqHash: string; readonly reserve: { readonly tokens: number; readonly usd: number }; /** The sum over runs that it counts in (I36). */ readonly budget?: string };
  "model.completed": { readonly answer: Json; readonly usage: Usage; readonly usd: number; readonly finish: string };
  "model.failed": { readonly error: FlowError; readonly usage?: Usage; readonly usd?: number; readonly unknown?: true; /** absent: the last attempt of this call */ readonly retryAt?: number };
  "message.emitted": { readonly index: number; readonly topic: string; readonly key: string | null; readonly id: string; readonly payload: Json; readonly undo?: UndoRecord };
  "timer.set": { readonly due: number; readonly why: string };
  "timer.fired": Empty;
  "wait.opened": Wait;
  /** With the path of the `ask` that it answers; without one it is kept for the `wait` that takes it (I13). */
  "signal.received": { readonly id: string; readonly name: string; readonly from: string; readonly payload: Json };
  "incident.opened": { readonly kind: string; readonly message: string };
  /** No forward step of the saga starts any more (I28). `cancelled`: not by a failure of its own. */
  "saga.compensating": { readonly cause: FlowError; readonly cancelled?: true };
  "saga.finished": { readonly status: "completed" | "compensated" };
  /** Stand at `<path>!undo`; `of` is the path of the step that is undone. `cause`: what its `compensate` sees as `error`, where no saga has recorded it. */
  "compensation.started": { readonly of: Path; readonly key: string; readonly attempt: number; readonly cause?: FlowError };
  "compensation.completed": { readonly of: Path };
  "compensation.failed": { readonly of: Path; readonly error: FlowError; readonly retryAt?: number };
  "incident.resolved": { readonly action: "retry" | "skip" | "resolve"; readonly by: string; readonly output?: Json };
}

/** Where a run's message came from. */
export interface MessageSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly id: string;
  readonly timestamp: number;
  /** What its sender will know an answer by. */
  readonly correlation?: string;
  /** W3C trace context that the message came with: what the run emits goes on with it. */
  readonly traceparent?: string;
  /** Those that it came with, but for what says which message it is: whoever sends it again gives them back. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Attributes of the CloudEvent that it was: whoever sends it again gives them back. */
  readonly event?: Readonly<Record<string, string>>;
}

/** What started a run that no message of a topic did. Times are ms since the epoch. */
export type Origin =
  | { readonly kind: "schedule"; readonly cron: string; readonly zone: string; readonly time: number }
  /** `path` as the trigger has it; `key`: what the caller called it by; `traceparent`: W3C trace context that it came with. */
  | { readonly kind: "http"; readonly method: string; readonly path: string; readonly key: string | null; readonly traceparent?: string };

/** The step that started a run. */
export interface Parent {
  readonly run: RunId;
  readonly path: Path;
  /** How deep in a recursion the started run is: its `run.depth`. */
  readonly depth: number;
  /** The step waits for the run's end. */
  readonly waits?: true;
  /** Of the message that triggered the first of them. */
  readonly key?: string;
  /** Likewise: what the started run emits goes on with it. */
  readonly traceparent?: string;
  /** The run whose id makes the idempotency keys of the started one: another where the parent's message was redriven (I17). */
  readonly keys?: RunId;
  readonly again?: Again;
  /** The queue, or its site, whose workers do it. */
  readonly queue?: string;
  readonly duty?: Duty;
}

/** Of a run of a message that was sent again: what was before it (I17). */
export interface Again {
  /** The last run before it; of a run that a step started, the last one that this step had started. */
  readonly after: RunId;
  /** Where its keys are not those of the first run: what was undone since, and what was done under another path. */
  readonly keys?: readonly KeysFrom[];
}

export interface KeysFrom {
  /** Makes the keys of these paths and of what stands below them. */
  readonly run: RunId;
  readonly paths: readonly Path[];
  /** As that run has it: of one path. */
  readonly as?: Path;
}

/** What a step of a queue must know to be done there as it would be here. */
export interface Duty {
  /** Idempotency key of its tool (I10). */
  readonly key?: string;
  /** The agent that was picked. */
  readonly agent?: string;
  /** What it has done may have to be undone: so it is known before it ends (I28). */
  readonly settles?: true;
  /** There is no way back, so it is tried until it succeeds (I31, I32). */
  readonly must?: "forward" | "undo";
  /** Codes that are caught where there is no way back; null: any. */
  readonly catching?: readonly (readonly string[] | null)[];
  readonly budget?: LentBudget;
}

/** The most that a task may spend of its run's own budget. */
export interface Lent {
  readonly tokens?: number;
  readonly usd?: number;
}
/** Of a budget over runs: what it counts in, the flow's id and the key. */
export interface LentBudget extends Lent {
  readonly mode: "enforce" | "audit";
  readonly per?: "day";
  readonly over?: { readonly flow: string; readonly key: string | null };
}

/** What a parked run waits for. `until` is ms since the epoch. */
export interface Wait {
  readonly kind: "ask" | "timer" | "incident" | "signal" | "message" | "child" | "lock";
  readonly path: Path;
  readonly until?: number;
  readonly question?: string;
  readonly show?: Json;
  readonly to?: string;
  /** What stands in an `ask` form before a person changes it. */
  readonly default?: Json;
  /** The run that a call waits for. */
  readonly run?: RunId;
  /** The name of the signal; that of a message's waiter says its step and key. */
  readonly signal?: string;
  readonly topic?: string;
  /** Of the message. */
  readonly key?: string;
  /** What is locked, and who had it when the wait began. */
  readonly lock?: string;
  readonly holder?: RunId;
  /** Key of `FlowPlan.schemas` that an answer or a signal must fit. */
  readonly output?: string;
}

/** `seq` is dense per run from 0 (run.admitted). `at` is ms since the epoch. `durable: false` for pure flows (I42). */
export type RunEvent = {
  [T in keyof EventMap]: {
    readonly type: T;
    readonly run: RunId;
    readonly seq: number;
    readonly at: number;
    readonly path?: Path;
    readonly durable?: false;
    readonly data: EventMap[T];
  };
}[keyof EventMap];
export type EventType = keyof EventMap;

/** Lossy: tokens as they stream, for observers only (I34). */
export interface TokenEvent {
  readonly run: RunId;
  readonly path: Path;
  readonly attempt: number;
  readonly text: string;
}

/** What the code of a tool says with `ctx.log`. */
export interface LogLine {
  readonly run: RunId;
  readonly path: Path;
  readonly text: string;
}
