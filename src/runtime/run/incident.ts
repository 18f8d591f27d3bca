import type { Path } from "../../core/run-id.js";
import type { Json } from "../../core/json.js";
import { StepError } from "../../core/errors.js";
import { append } from "./active-run.js";
import type { Frame } from "./frame.js";
import { durableWait } from "./wait.js";

/** Stops the run here until an operator says how it goes on: `skip` and `resolve` give an output, `retry` raises `unknown`. */
export async function incident(frame: Frame, path: Path, kind: string, message: string): Promise<Json> {
  const { run } = frame;
  append(run, "incident.opened", path, { kind, message });
  await run.ctx.journal.barrier();
  const event = await durableWait(frame, path, { kind: "incident", path, question: message });
  if (event.type === "incident.resolved" && event.data.action !== "retry") return event.data.output ?? null;
  throw new StepError("unknown", message, { outcome: "unknown" });
}
