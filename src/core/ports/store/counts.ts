import type { RunStatus } from "../../event.js";

/** How much a store holds, for `doctor`. */
export interface StoreCounts {
  readonly running: number;
  /** Incidents included. */
  readonly parked: number;
  readonly incidents: number;
  readonly ended: number;
  readonly unsent: number;
  readonly deadLetters: number;
  /** Of tables, those past their time included. */
  readonly rows: number;
  /** On disk; null where that means nothing. */
  readonly bytes: number | null;
}

/** What of a flow is admitted and has not ended: a group at 0 says only that all is taken (I18). */
export interface Backlog {
  readonly flow: string;
  /** Under way, or waiting for a place. */
  readonly running: number;
  /** Incidents included. */
  readonly parked: number;
  readonly incidents: number;
}

/** Which ended runs are meant: those that ended before a time (ms since the epoch). */
export interface Ended {
  readonly before: number;
  readonly flow?: string;
  readonly state?: RunStatus;
}
