import { hash } from "node:crypto";
import type { RunEvent } from "../../core/event.js";
import { canonicalJson } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { append } from "./active-run.js";
import type { Frame } from "./frame.js";
import { incident } from "./incident.js";
import { underKey } from "./own-keys.js";
import { Raised } from "./raised.js";
import type { Output } from "./ready.js";
import { openScope, throwIfCancelled } from "./scope.js";
import { checkInput, computeTool } from "./tool-data.js";
import { readToolRecord } from "./tool-record.js";
import type { ToolRequest } from "./tool-request.js";
import { tryTool } from "./try-tool.js";

/**
 * The one way to an effect: what the journal holds of this path is returned; else intent, act, result (I3, I4, I7).
 * A write whose outcome is hidden is settled before the error goes on to any `catch` (I20).
 */
export async function callTool(frame: Frame, path: Path, request: ToolRequest): Promise<Output> {
  const { run } = frame;
  const { tool } = request;
  if (tool.value !== null) return computeTool(frame, tool, tool.value, request.input);
  checkInput(tool, request.input);
  const inHash = hash("sha256", canonicalJson(request.input), "base64url");
  const events = run.past?.get(path)?.events ?? NONE;
  for (const event of events) {
    if (event.type === "step.completed") {
      const { attempt, ms, output } = event.data;
      note(frame, path, attempt, ms);
      return event.data.inHash === undefined || event.data.inHash === inHash ? output : changed(frame, path, output);
    }
    if (event.type === "step.skipped") return undefined;
    // It was not sent, and is not for being looked up (I28): what an agent calls is no step, whose record is read before it is entered.
    if (event.type === "step.cancelled") throwIfCancelled(frame.scope);
    if (event.type === "step.failed" && event.data.retryAt === undefined) throw new Raised(event.data.error, path, event.data.outcome === "unknown");
  }
  const record = readToolRecord(events);
  if (record.inHash !== null && record.inHash !== inHash) return changed(frame, path, undefined);
  const { clock } = run.ctx.ports;
  const began = clock.monotonic();
  const attempts = () => tryTool({ frame, path, request, inHash }, record, callTool);
  const end = await (request.ownKey === true && record.attempt === 0 ? underKey(run, request.key, inHash, attempts) : attempts());
  const ms = Math.round(clock.monotonic() - began);
  note(frame, path, end.attempt, ms);
  if ("raised" in end) throw end.raised;
  if ("skipped" in end) {
    append(run, "step.skipped", path, {});
    return undefined;
  }
  const { attempt, output } = end;
  const done = output === undefined ? { attempt, inHash, ms } : { attempt, inHash, ms, output };
  if (request.undo === null) append(run, "step.completed", path, done);
  else {
    const undo = request.undo();
    append(run, "step.completed", path, { ...done, undo });
    run.ledger.push({ of: path, undo, output });
  }
  return output;
}

const NONE: readonly RunEvent[] = [];

function note({ run, info }: Frame, path: Path, attempts: number, ms: number): void {
  if (info !== null) run.notes.set(path, { attempts, ms, usd: 0 });
}

/** I7: the recorded call belongs to another input. Going on with what is recorded is an operator's decision. */
async function changed(frame: Frame, path: Path, recorded: Output): Promise<Output> {
  const resolution = await incident({ ...frame, scope: openScope(null) }, path, "nondeterminism", "its input differs from the recorded one");
  switch (resolution.action) {
    case "resolve":
      return resolution.output;
    case "skip":
      return undefined;
    case "retry":
      return recorded;
  }
}
