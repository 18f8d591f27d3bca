import type { FlowError } from "../../core/errors.js";
import type { RunStatus } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { HttpAnswer } from "../../core/ports/http-server.js";
import type { RunId } from "../../core/run-id.js";
import { ownCodes } from "../trigger/own-codes.js";

const JSON_TYPE = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };

export const answer = (status: number, value: Json, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({ status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(value) });

/** What is wrong, in the form that every refusal has. */
export const refusal = (status: number, code: string, message: string, more: Readonly<Record<string, Json>> = {}, headers: Readonly<Record<string, string>> = {}): HttpAnswer => answer(status, { code, message, ...more }, headers);

/** Nothing was begun, and the same request may do better in a moment. */
export const notNow = (message: string, run: RunId | null = null): HttpAnswer => refusal(503, "unavailable", message, {}, { "retry-after": "1", ...(run === null ? {} : ofRun(run)) });

/** The run goes on without its caller, who can ask for its end. */
export const goesOn = (run: RunId, status: "parked" | "running"): HttpAnswer => answer(202, { run, status }, { ...ofRun(run), location: `/runs/${run}`, "retry-after": "1" });

export interface RunEnd {
  readonly status: RunStatus;
  readonly output?: Json;
  readonly error?: FlowError;
}

/** How a run ended. Of a failure that is not the flow's own word no more is said than that: the journal has it. */
export function answerOf(plan: FlowPlan, run: RunId, { status, output = null, error }: RunEnd): HttpAnswer {
  const headers = ofRun(run);
  if (status === "completed" || status === "resolved") return answer(200, output, headers);
  if (status === "cancelled") return refusal(500, "cancelled", "the run was cancelled", {}, headers);
  if (status === "compensated") return refusal(500, "compensated", "the run failed, and what it had done was undone", {}, headers);
  if (error !== undefined && ownCodes(plan).has(error.code)) return refusal(422, error.code, error.message, error.data === undefined ? {} : { data: error.data }, headers);
  if (error?.code === "timeout") return refusal(504, "timeout", "the run took too long", {}, headers);
  return refusal(500, "failed", "the run failed", {}, headers);
}

const ofRun = (run: RunId): Readonly<Record<string, string>> => ({ "flowctl-run": run });
