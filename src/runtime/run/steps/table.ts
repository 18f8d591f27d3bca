import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import { recordsUndo } from "../../saga/ledger.js";
import { callTool } from "../call-tool.js";
import { keyAt } from "../idempotency-key.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { rowReader, rowWriter, type PutInput } from "../rows.js";

/** I39: in characters of its JSON. */
const LARGEST = 8 * 1024 * 1024;

/** A recorded read: nothing where there is no row. */
export function makeGet(maker: Maker, plan: StepPlan & { kind: "get" }): StepBody {
  const key = maker.data(plan.key);
  const reader = rowReader(maker.plan, plan.table);
  const act = (...[frame, path]: Parameters<NonNullable<StepBody["act"]>>): Promise<Output> =>
    callTool(frame, path, { tool: reader, input: { key: key(frame.env) }, policy: maker.ready().policy(plan.policy), key: "", onUnknown: null, timeout: plan.timeout ?? null, undo: null });
  return { compute: null, act, records: true };
}

/** A write that knows its own key: what became of it is never hidden for long. */
export function makePut(maker: Maker, plan: StepPlan & { kind: "put" }): StepBody {
  const key = maker.data(plan.key);
  const value = maker.data(plan.with);
  const expected = plan.if === undefined ? null : maker.optionalData(plan.if);
  const writer = rowWriter(maker.plan, plan.table);
  return {
    compute: null,
    act: async (frame, path) => {
      const read = expected?.(frame.env);
      const input: PutInput = { key: key(frame.env), with: value(frame.env), ...(expected === null ? {} : read === undefined ? { absent: true } : { if: read }) };
      checkSize(plan.table, input.with);
      const effect = keyAt(frame.run.ctx, frame.must?.keyPath ?? path);
      const request = { tool: writer, input, policy: maker.ready().policy(plan.policy), key: effect, onUnknown: "retry" as const, timeout: plan.timeout ?? null };
      // I32: from the pivot on nothing is undone.
      const undo = plan.pivot === true ? null : recordsUndo(frame.undo, plan.compensate, () => ({ env: frame.env, key: effect }));
      return callTool(frame, path, { ...request, undo });
    },
    records: true,
  };
}

function checkSize(table: string, value: Json): void {
  if (JSON.stringify(value).length > LARGEST) throw new StepError("limit", `the row for \`${table}\` is larger than 8 MB`);
}
