import type { Again, Duty, RunEvent, Usage, Wait } from "../../core/event.js";
import type { NodeExecutor } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BudgetHold, Reserved } from "../../core/ports/store.js";
import type { Path, RunId } from "../../core/run-id.js";
import type { RuntimePorts } from "../ports.js";
import type { UndoablePlan } from "../redrive/earlier.js";
import type { Renewed } from "../redrive/renewed.js";
import type { Journal } from "./journal.js";
import type { RunHistory } from "./history.js";

/** One run in memory: what the trigger side gives the run side. */
export interface RunContext {
  readonly plan: FlowPlan;
  readonly run: RunId;
  /** The run whose id makes the idempotency keys: itself, or the first run of a redriven message (I17). */
  readonly keyRun: RunId;
  /** Where another one does; absent where the message was not sent again. */
  readonly renewed?: Renewed;
  /** What was before the run that a step starts: of a message that was sent again (I17). */
  readonly againOf?: (path: Path, child: RunId, keys: RunId, plan: UndoablePlan) => Promise<Again | null>;
  /** When a tool first got a key from a run before it, ms since the epoch (I10); 0: nobody knows any more. */
  readonly firstSent?: (key: string) => Promise<number | null>;
  readonly input: Json;
  /** How deep in a recursion (I25): `run.depth`. */
  readonly depth: number;
  /** Of a step of a queue: how it is done here as it would be in its run. */
  readonly duty?: Duty;
  /** Where the runs of a queue's tasks lie: shards that its workers drive. Undefined: anywhere. */
  readonly shardsOf?: (site: string) => Promise<readonly number[] | undefined>;
  /** How much of a limit that all processes keep together is this one's, from 0 to 1; absent where there are no others. */
  readonly share?: () => number;
  /** Of a budget over runs, where several processes spend it (I36). Rejects when the run is another one's. */
  readonly reserve?: (hold: Omit<BudgetHold, "run">) => Promise<Reserved>;
  /** Key of the triggering message, for emits to topics without their own `key`. */
  readonly messageKey: string | null;
  /** W3C trace context of the triggering message, for what is emitted. */
  readonly traceparent?: string;
  /** ms since the epoch. Pure flows: the message's timestamp, and `run.now` is always this (I42). */
  readonly startedAt: number;
  readonly ports: RuntimePorts;
  readonly journal: Journal;
  /** What the journal already holds; empty for a new run. */
  readonly history: RunHistory;
  /** Of the run's own controller, which its owner aborts where somebody cancels it (I12); undefined: nobody can. */
  readonly signal: AbortSignal | undefined;
  /** It is about to be another process's: no effect of it begins here that is not yet recorded as begun (I20). */
  readonly held?: () => boolean;
  /** Resolves when its admission is durable, undefined where it is: what another run would miss, or what takes time, is taken then. Rejects with JournalLost where there is such a run. */
  readonly admitted?: () => Promise<void> | undefined;
  /** As far as its broker says, no other run can have its id: it reads before its admission is durable. */
  readonly isNew?: boolean;
  /** Every coroutine of the run stands at a durable wait: it may be dropped when its events are durable and its mailbox is empty (I12). */
  quiescent(): void;
  /** One of them goes on. */
  moves?(): void;
}

/** One run in memory: what the run side gives the trigger side. It appends step, model, message, wait and timer events; `run.*` are the trigger side's. */
export interface RunHandle {
  /** Rejects with JournalLost and InfraError only; every other end is a status. Never settles while the run waits durably. */
  readonly execute: NodeExecutor;
  /** Takes an event that is already appended: of a path whose wait is open (signal.received, incident.resolved), or a signal of no path. */
  wake(event: RunEvent): void;
  /** What the run waits for, and when it wants to go on by itself; null while anything is under way. */
  standing(): { readonly waits: readonly Wait[]; readonly due: number | null } | null;
  /** Calls `fire` after `ms`, unless the result withdraws it or the run is dropped. */
  later(ms: number, fire: () => void): () => void;
  /** Withdraws the in-memory timers of a run that is dropped. */
  drop(): void;
  /** What it has locked, or waits for: given back with its end. */
  locks(): readonly { readonly lock: string; readonly path: Path }[];
  /** What came with the signals of a name. */
  signals(name: string): readonly Json[];
  /** Settled model calls, those of the history included. */
  totals(): { readonly usage: Usage; readonly usd: number };
}
