import type { FlowError } from "../../core/errors.js";
import type { Parent, RunStatus } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { errorJson } from "../error-json.js";
import { taskMessage } from "./task.js";

/** Goes with the end of a run: the call that waits for it hears of it once that is durable. */
export function tellParent(child: RunId, parent: Parent | null, status: RunStatus, output: Json, error: FlowError | null): readonly IndexOp[] {
  if (parent?.waits !== true) return [];
  const end = { status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error: errorJson(error) }) };
  return [{ op: "outbox.put", message: taskMessage(child, { do: "finished", child, parent: parent.run, path: parent.path, end }) }];
}
