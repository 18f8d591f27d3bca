import type { EventMap, RunEvent } from "../../core/event.js";
import { printable } from "../../core/cells.js";
import { type Path, WHOLE_RUN } from "../../core/run-id.js";
import { endedStep } from "../../core/signal-name.js";
import { timestamp } from "../operator/time.js";

/** What a serving process logs: how runs begin to wait and end, and what goes wrong. `flowctl runs logs` has every event. */
export function logLine(event: RunEvent): string | null {
  const says = saying(event);
  return says === null ? null : `${timestamp(event.at)}  ${event.run}  ${printable(says)}\n`;
}

function saying({ path = "", ...event }: RunEvent): string | null {
  switch (event.type) {
    case "run.finished": {
      const { status, error, usd } = event.data;
      const cost = usd > 0 ? `, $${usd.toFixed(4)}` : "";
      return error === undefined ? `${status}${cost}` : `${status}: ${error.code}: ${error.message}${cost}`;
    }
    case "run.parked":
      return `waits: ${event.data.waits.map(({ kind, path: at, topic, run, signal, lock, question = topic ?? run ?? signal ?? lock }) => `${kind}${at === WHOLE_RUN ? "" : ` ${at}`}${question === undefined ? "" : ` (${question})`}`).join("; ")}`;
    case "run.cancel_requested":
      return `is cancelled by ${event.data.by}`;
    case "run.reopened":
      return `is reopened at ${event.data.path} by ${event.data.by}`;
    case "code.changed":
      return `${path} goes on with ${event.data.file} as it is now: it has changed since the run began`;
    case "step.dispatched":
      return `${path} starts run ${event.data.child} of ${event.data.flow}${event.data.detached === true ? "" : " and waits for it"}`;
    case "step.failed":
      return `${path} failed at attempt ${event.data.attempt}: ${event.data.error.code}: ${event.data.error.message}${event.data.outcome === "unknown" ? ", nobody knows whether it happened" : event.data.retryAt === undefined ? "" : ", tried again"}`;
    case "model.failed":
      return `${path} failed: ${event.data.error.code}: ${event.data.error.message}${event.data.retryAt === undefined ? "" : ", tried again"}`;
    case "saga.compensating":
      return `${path} is undone: ${event.data.cause.code}: ${event.data.cause.message}`;
    case "compensation.failed":
      return `${event.data.of} could not be undone: ${event.data.error.code}: ${event.data.error.message}`;
    case "incident.opened":
      // Of a whole run it is a notice.
      return path === WHOLE_RUN ? null : `${path} needs a person: ${event.data.message}`;
    case "incident.resolved":
      return path === WHOLE_RUN ? `tries to go on again, by ${event.data.by}` : `${path}: ${event.data.action} by ${event.data.by}`;
    case "signal.received":
      return received(path, event.data);
    default:
      return null;
  }
}

/** Only the answer of a person stands at its step: of what else comes the name says for which step, or what it is. */
function received(path: Path, { name, from }: EventMap["signal.received"]): string {
  const step = path === WHOLE_RUN ? endedStep(name) : path;
  if (step !== null) return `${step} is answered by ${from}`;
  // Names that authors give hold no space.
  const made = name.includes(" ") ? /^(?:late )?\w+/.exec(name)?.[0] : undefined;
  return `gets ${made === undefined ? `the signal \`${name}\`` : `a ${made}`} from ${from}`;
}
