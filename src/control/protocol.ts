import { InfraError } from "../core/errors.js";
import type { RunEvent, TokenEvent } from "../core/event.js";

/**
 * The control protocol: HTTP over a Unix socket. `POST /v1/CALL` with a JSON object answers JSON; `read` and `watch`
 * answer one JSON value a line. What fails answers `{ error: { code, message } }`. A higher version is another path.
 */
export const ROOT = "/v1/";

/** Bytes of a body: what the embedded bus takes as one message, written as JSON, and some room. */
export const MOST_BODY = 32 * 1024 * 1024;
/** Messages of one `publish`; a client sends more in several. */
export const MOST_MESSAGES = 500;
/** Rows and messages of one answer. */
export const MOST_ROWS = 1000;

export interface Hello {
  readonly pid: number;
  readonly database: string;
  readonly flows: readonly string[];
}

/** What a watcher sees: events as they become durable, tokens as they stream. */
export type Watched = { readonly event: RunEvent } | { readonly token: TokenEvent };

/** The last line of a stream that did not come to its end. */
export interface Cut {
  readonly cut: string;
}

/** In place of an answer. `refused` and `unsettled` belong to a publish that the bus will never take. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string; readonly refused?: readonly { readonly id: string; readonly reason: string }[]; readonly unsettled?: readonly string[] };
}

export const noAnswer = (message: string, cause?: unknown): InfraError =>
  new InfraError("FC6020", message, { hint: "look whether the process still runs; with none, the commands work on the file itself", cause });
