import type { Path } from "../../core/run-id.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { append, isJournaled } from "./active-run.js";
import { extend } from "./bare.js";
import type { Frame } from "./frame.js";

/** `run.now`: one value per step, recorded and taken from the record on replay; in a pure flow the message's timestamp (I42). */
export function withNow(frame: Frame, path: Path): Frame {
  const env = extend(frame.env);
  env.run = { ...frame.run.vars, now: new Timestamp(isJournaled(frame.run) ? nowOf(frame, path) : frame.run.ctx.startedAt) };
  return { ...frame, env };
}

function nowOf({ run }: Frame, path: Path): number {
  for (const event of run.past?.get(path)?.events ?? []) {
    if (event.type === "step.decided" && event.data.what === "now" && typeof event.data.value === "number") return event.data.value;
  }
  const now = run.ctx.ports.clock.now();
  append(run, "step.decided", path, { what: "now", value: now });
  return now;
}
