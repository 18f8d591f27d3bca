import type { FlowError } from "../../core/errors.js";
import type { Parent, RunStatus, Usage } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { errorJson } from "../error-json.js";
import { taskMessage } from "./task.js";

interface Spent {
  readonly usage: Usage;
  readonly usd: number;
}

/** Goes with the end of a run: the call that waits for it hears of it once that is durable. */
export function tellParent(child: RunId, parent: Parent | null, status: RunStatus, output: Json, error: FlowError | null, spent: Spent): readonly IndexOp[] {
  if (parent?.waits !== true) return [];
  const { usage, usd } = spent;
  const end = { status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error: errorJson(error) }), ...(parent.duty === undefined ? {} : { tokens: usage.in + usage.out, usd }) };
  return [{ op: "outbox.put", message: taskMessage(child, { do: "finished", child, parent: parent.run, path: parent.path, end }) }];
}
