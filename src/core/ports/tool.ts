import type { Json } from "../json.js";

export interface ToolCall {
  readonly input: Json;
  /** I10; sent as the tool's `idempotency` says. */
  readonly key: string;
  readonly attempt: number;
  /** What the tool's `code` said for this attempt. */
  readonly code?: string;
  /** Aborted when the attempt has to end; a module's worker is ended then. */
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
  readonly run: { readonly id: string; readonly flow: string; readonly path: string; /** W3C trace context of the message that it came from. */ readonly traceparent?: string };
  /** Of a request: the answer that its run has by now. */
  readonly heard?: () => Json | null;
}

/**
 * One tool of a plan, connected. Resolves with the raw output: the runtime checks it against the tool's schema.
 * Rejects with StepError, whose `outcome` says whether a write can have been applied (I20).
 */
export interface Tool extends AsyncDisposable {
  /** sha256 of the code that the next call runs with, of a tool that is a file of ours (I37); looked at again where it is not the expected one. */
  readonly code?: (expected: string) => Promise<string>;
  call(call: ToolCall): Promise<Json>;
}
