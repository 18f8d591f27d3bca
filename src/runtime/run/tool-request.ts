import type { UndoRecord } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import type { Called } from "./ready.js";

/** One call of a tool, by a step or by an agent. */
export interface ToolRequest {
  readonly tool: Called;
  readonly input: Json;
  readonly policy: { readonly name: string; readonly plan: PolicyPlan } | null;
  /** I10: one key for all attempts. */
  readonly key: string;
  /** The step says it: others may say the same. */
  readonly ownKey?: true;
  /** `again`: what may have happened is no doubt that somebody has to settle, for it may happen twice. */
  readonly onUnknown: "retry" | "verify" | "fail" | "again" | null;
  /** Ms for all attempts, queueing included. */
  readonly timeout: number | null;
  /** What its end records, where it can be undone (I29). */
  readonly undo: (() => UndoRecord) | null;
}
