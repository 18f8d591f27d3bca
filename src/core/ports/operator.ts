import type { RunEvent, TokenEvent } from "../event.js";
import type { Json } from "../json.js";
import type { Path, RunId } from "../run-id.js";
import type { Outgoing } from "./bus.js";
import type { Ended, RunRequest, StoreReader } from "./store.js";
import type { StoredBody } from "./store/rows.js";

/** What became of a request: `refused` says in one sentence why nothing was asked. */
export type RequestOutcome = { readonly is: "accepted" } | { readonly is: "refused"; readonly why: "no_such_run" | "ended" | "not_waiting" | "already_decided" | "invalid"; readonly message: string };

/** Where a fork begins, and with what. */
export interface Fork {
  /** At a step, or before an event by its seq; null: nothing of the first run is kept but its input. */
  readonly at: { readonly path: Path } | { readonly seq: number } | null;
  /** The version of the first run, or the one that new runs get. */
  readonly plan: "pinned" | "new";
  /** Instead of the first run's; only where nothing else of it is kept. */
  readonly input?: Json;
}

export type ForkOutcome = { readonly is: "forked"; readonly run: RunId; /** Events of the first run that it has. */ readonly kept: number } | Extract<RequestOutcome, { readonly is: "refused" }>;

/** One topic, of the embedded bus or of a broker. */
export interface TopicSummary {
  readonly topic: string;
  readonly partitions: number;
  /** Kept. */
  readonly messages: number;
  readonly groups: readonly { readonly group: string; /** Not acknowledged. */ readonly lag: number }[];
}

export interface StoredMessage {
  readonly topic: string;
  /** Grows within a topic: what `after` takes. */
  readonly position: number;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since the epoch. */
  readonly timestamp: number;
  /** Text as it stands; of bytes that are none, what `fromText` gives them back from. */
  readonly body: string;
}

/** Topics as an operator sees them; reading takes nothing from any group. */
export interface TopicReader {
  topics(): Promise<readonly TopicSummary[]>;
  /** The last ones, or those behind a position; in order. */
  messages(topic: string, which: { readonly last: number } | { readonly after: number; readonly limit: number }): Promise<readonly StoredMessage[]>;
}

/** The runs of one flow whose message had that key, and what belongs to them. */
export interface PurgeOf {
  readonly flow: string;
  readonly key: string;
}

/** How many were erased, and how many could not be yet: open runs, and messages that some group has not taken. */
export interface Purged {
  readonly runs: number;
  readonly messages: number;
  readonly letters: number;
  /** Sums over runs with that key. */
  readonly budgets: number;
  readonly open: number;
  readonly waiting: number;
}

/**
 * What a person or a program does beside the runs: over the control socket of the process that serves, else on the
 * file itself, whose owner lock is then taken for each write (I24).
 */
export interface Operator extends AsyncDisposable {
  /** The process that is asked. Null: nobody serves, or each asks the store that they share. */
  readonly server: { readonly pid: number; readonly flows: readonly string[] } | null;
  /** Processes share the store: whichever of them drives a run acts on what is asked of it, as soon as it is there. */
  readonly shared?: { /** Processes that take messages and drive runs. */ serving(): Promise<number> };
  readonly store: StoreReader;
  readonly topics: TopicReader;
  /** Events from now on, as they become durable, and tokens as they stream; ends at once when nobody is asked. */
  watch(signal: AbortSignal): AsyncIterable<{ readonly event: RunEvent } | { readonly token: TokenEvent }>;
  /** Durable when it resolves; a serving process acts on it at once, else the next one does. */
  request(run: RunId, request: RunRequest, by: string): Promise<RequestOutcome>;
  /** A new run from the beginning of another one; durable when it resolves. */
  fork(run: RunId, fork: Fork): Promise<ForkOutcome>;
  publish(messages: readonly Outgoing[]): Promise<void>;
  /** The body of a message that is published without it (I39). */
  putBody(stored: StoredBody): Promise<void>;
  deleteDeadLetters(ids: readonly string[]): Promise<void>;
  /** Removes ended runs, some of them: gives how many, 0 when none is left. */
  prune(ended: Ended): Promise<number>;
  /** Erases what there is of a message key. */
  purge(of: PurgeOf): Promise<Purged>;
}
