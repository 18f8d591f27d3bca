import type { RunEvent, UndoRecord } from "../../core/event.js";
import { isJsonObject, type Json } from "../../core/json.js";
import type { CompensatePlan } from "../../core/plan/step.js";
import type { Path } from "../../core/run-id.js";
import { toData } from "../../expr/evaluate/to-data.js";
import type { Bare } from "../run/bare.js";
import type { Output } from "../run/ready.js";
import type { UndoScope } from "./undo-scope.js";

/** What has been done and can be undone, in the order of the journal (I29). */
export interface Done {
  readonly of: Path;
  readonly undo: UndoRecord;
  readonly output: Output;
}

/** What a journal says was done and can be undone, and which paths have been. */
export function foldLedger(events: readonly RunEvent[]): { readonly done: readonly Done[]; readonly undone: ReadonlySet<Path> } {
  const done: Done[] = [];
  const undone = new Set<Path>();
  for (const { type, path: of = "", data } of events) {
    if (type === "step.completed" && data.undo !== undefined) done.push({ of, undo: data.undo, output: data.output });
    else if (type === "message.emitted" && data.undo !== undefined) done.push({ of, undo: data.undo, output: data.payload });
    else if (type === "compensation.completed") undone.add(data.of);
  }
  return { done, undone };
}

/** What `undoRecord` is made of: the variables that the undo may read, and the key of what it undoes. */
interface Undoable {
  readonly env: Bare;
  readonly key: string;
}

/** Gives what a step's end records where it can be undone; null: there is no undo of it, or no way back any more (I32). */
export function recordsUndo(scope: UndoScope | null, compensate: CompensatePlan | undefined, of: () => Undoable): (() => UndoRecord) | null {
  return scope === null || scope.forwardOnly || compensate === undefined ? null : () => undoRecord(scope, compensate, of());
}

/** The values that the undo will need, as they are now. */
function undoRecord({ within }: UndoScope, { id, reads }: CompensatePlan, { env, key }: Undoable): UndoRecord {
  const scope: Record<string, Json> = {};
  for (const path of reads) {
    const [root = "", name] = path;
    const value = env[root];
    if (value === undefined) continue;
    // Null is a value too: what is read of it is null or absent, as it was.
    if (name === undefined || value === null) {
      scope[root] = toData(value, root);
      continue;
    }
    const part = typeof value === "object" && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (part === undefined) continue;
    const known = scope[root] ?? null;
    scope[root] = { ...(isJsonObject(known) ? known : {}), [name]: toData(part, path.join(".")) };
  }
  return { block: id, scope, key, within };
}
