import type { FlowError } from "../errors.js";
import type { EventMap, MessageSource, Origin, Parent, Usage, Wait } from "../event.js";
import type { Json } from "../json.js";
import type { RunState } from "../ports/store.js";
import type { Path, RunId } from "../run-id.js";

/** What one run's events say, up to one of them. Everything in it is a value: a later event makes a new one. */
export interface RunView {
  readonly run: RunId;
  readonly flow: string;
  /** Of the plan that the run keeps (I37). */
  readonly hash: string;
  readonly state: RunState;
  /** Of the last event; -1 before the first. */
  readonly seq: number;
  /** Of the last event, ms since the epoch. */
  readonly at: number;
  readonly admittedAt: number;
  readonly finishedAt: number | null;
  readonly source: MessageSource | null;
  readonly origin: Origin | null;
  /** The step of another run that started it. */
  readonly parent: Parent | null;
  /** The run that it goes on from, and how many events of it it has. */
  readonly fork: EventMap["run.admitted"]["fork"] | null;
  readonly input?: Json;
  readonly output?: Json;
  readonly error: FlowError | null;
  /** By path, in the order in which they were first heard of. */
  readonly steps: ReadonlyMap<Path, StepView>;
  /** What has been opened and not ended, by path. */
  readonly waits: ReadonlyMap<Path, Wait>;
  readonly messages: readonly EmittedView[];
  /** Files of modules that it went on with though they had changed. */
  readonly changed: ReadonlySet<string>;
  /** Settled model calls; of a run that has ended what its end says. */
  readonly usage: Usage;
  readonly usd: number;
  /** Who asked for the run's end. */
  readonly cancel: EventMap["run.cancel_requested"] | null;
}

export type EmittedView = EventMap["message.emitted"] & { readonly path: Path; readonly at: number };

export type StepStatus = "running" | "retrying" | "waiting" | "incident" | "completed" | "failed" | "cancelled" | "skipped";

/** A step, a model call (`~m`) or an agent's tool call (`~m.c`). */
export interface StepView {
  readonly path: Path;
  /** As far as events say: `model` for a model call; null where the plan has to be asked. */
  readonly kind: string | null;
  readonly status: StepStatus;
  /** ms since the epoch: of the first attempt. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** The last ones; the newest is the last. */
  readonly attempts: readonly AttemptView[];
  readonly input?: Json;
  readonly output?: Json;
  readonly error: FlowError | null;
  /** Whether a failed write can have been applied (I20). */
  readonly outcome: "not_applied" | "unknown" | null;
  /** Idempotency key. */
  readonly key?: string;
  /** Events of the step that are none of the above, in words. */
  readonly notes: readonly StepNote[];
  readonly model: ModelView | null;
  /** The run that it started. */
  readonly child: RunId | null;
  readonly wait: Wait | null;
  readonly incident: EventMap["incident.opened"] | null;
  /** Index of the case that a switch took. */
  readonly taken: number | null;
}

export interface AttemptView {
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: FlowError | null;
  /** When the next one begins. */
  readonly retryAt: number | null;
}

export interface StepNote {
  readonly at: number;
  readonly text: string;
  readonly value?: Json;
}

export interface ModelView {
  readonly name: string;
  readonly usage: Usage;
  readonly usd: number;
  readonly finish: string | null;
  readonly text: string | null;
  readonly toolCalls: readonly { readonly name: string; readonly args: Json }[];
}

/** A run before its first event. */
export const emptyRun = (run: RunId): RunView => ({
  run,
  flow: "",
  hash: "",
  state: "running",
  seq: -1,
  at: 0,
  admittedAt: 0,
  finishedAt: null,
  source: null,
  origin: null,
  parent: null,
  fork: null,
  error: null,
  steps: new Map(),
  waits: new Map(),
  messages: [],
  changed: new Set(),
  usage: { in: 0, out: 0 },
  usd: 0,
  cancel: null,
});
