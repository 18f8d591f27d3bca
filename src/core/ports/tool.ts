import type { Json } from "../json.js";

export interface ToolCall {
  readonly input: Json;
  /** I10; sent as the tool's `idempotency` says. */
  readonly key: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Ms until the attempt ends; a module's worker is ended then. */
  readonly timeoutMs: number | null;
  readonly log: (message: string) => void;
  readonly run: { readonly id: string; readonly flow: string; readonly path: string };
}

/**
 * One tool of a plan, connected. Resolves with the raw output: the runtime checks it against the tool's schema.
 * Rejects with StepError, whose `outcome` says whether a write can have been applied (I20).
 */
export interface Tool extends AsyncDisposable {
  call(call: ToolCall): Promise<Json>;
}
