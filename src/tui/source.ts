import type { RunEvent, TokenEvent } from "../core/event.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { RequestOutcome } from "../core/ports/operator.js";
import type { RunRequest, RunRow } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";

/** What the terminal UI shows and asks of: a process that serves, this process itself, a file, or arrays in a test. */
export interface TuiSource {
  /** For the head line, such as `serving customer-support, pid 4711`. */
  title(): string;
  /** Calls back from now on, until the function that it gives is called. Callbacks must be cheap; they are not awaited. */
  watch(watcher: TuiWatcher): () => void;
  /** Newest first: so many, and those that are open however many have ended since, of each state so many. */
  runs(limit: number): Promise<readonly RunRow[]>;
  /** Dense and in order; nothing of a run that is not kept. */
  read(run: RunId, fromSeq: number): AsyncIterable<RunEvent>;
  plan(hash: string): Promise<FlowPlan | null>;
  request(run: RunId, request: RunRequest): Promise<RequestOutcome>;
}

export interface TuiWatcher {
  event(event: RunEvent): void;
  token(token: TokenEvent): void;
  /** Events come again, after they had ended. */
  began(): void;
  /** Nothing more comes: the source is read again now and then. `problem`: why, in one sentence, where that is news. */
  ended(problem: string | null): void;
}
