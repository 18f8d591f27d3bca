import type { RunEvent, Wait } from "../event.js";
import type { RunRow, RunState, RunStateFilter } from "../ports/store.js";
import type { Path, RunId } from "../run-id.js";
import type { RunView } from "./run-view.js";

/** A run as a line of a list. */
export interface RunLine {
  readonly run: RunId;
  readonly flow: string;
  readonly state: RunState;
  /** The last path that something was heard of. */
  readonly step: Path | null;
  readonly waits: readonly Wait[];
  readonly admittedAt: number;
  readonly finishedAt: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Of its last known event; -1: nothing but the store's row is known. */
  readonly seq: number;
  /** Tokens in and out, and their price; null where not all of the run's events are known. */
  readonly spent: { readonly tokens: number; readonly usd: number } | null;
}

/** The state in a word, for people and their scripts: what waits for an operator is not simply parked. */
export const stateWord = ({ state, waits }: { readonly state: RunState; readonly waits: Iterable<Wait> }): RunStateFilter =>
  state === "parked" && Iterator.from(waits).some(({ kind }) => kind === "incident") ? "incident" : state;

/** What a list in the store says. */
export const lineOfRow = ({ run, flow, status, waits, admittedAt, finishedAt, error }: RunRow): RunLine => ({
  run, flow, state: status ?? (waits.length > 0 ? "parked" : "running"), step: waits[0]?.path ?? null, waits, admittedAt, finishedAt, error, seq: -1, spent: null,
});

/** What all events of a run say. */
export const lineOfView = (view: RunView): RunLine => ({
  run: view.run,
  flow: view.flow,
  state: view.state,
  step: lastPath(view),
  waits: [...view.waits.values()],
  admittedAt: view.admittedAt,
  finishedAt: view.finishedAt,
  error: view.error,
  seq: view.seq,
  spent: { tokens: view.usage.in + view.usage.out, usd: view.usd },
});

function lastPath({ error, waits, steps }: RunView): Path | null {
  if (error?.step !== undefined) return error.step;
  const [wait] = waits.keys();
  if (wait !== undefined) return wait;
  let last: Path | null = null;
  for (const { path, endedAt } of steps.values()) if (endedAt === null || last === null || steps.get(last)?.endedAt !== null) last = path;
  return last;
}

/** The line after one more event of its run; a run may be heard of first in its middle. */
export function foldLine(line: RunLine | undefined, event: RunEvent): RunLine {
  const known = line ?? unknown(event);
  if (event.seq <= known.seq) return known;
  const next = { ...known, seq: event.seq, step: event.path ?? known.step };
  const awoken = event.type === "signal.received" && event.path === undefined ? next : awake(next, event.path);
  switch (event.type) {
    case "run.admitted":
      return { ...next, flow: event.data.flow, admittedAt: event.at, spent: { tokens: 0, usd: 0 } };
    case "run.parked":
      return { ...next, state: "parked", waits: event.data.waits, step: event.data.waits[0]?.path ?? next.step };
    case "run.finished": {
      const { status, error, usage, usd } = event.data;
      return { ...next, state: status, error: error ?? null, step: error?.step ?? next.step, waits: [], finishedAt: event.at, spent: { tokens: usage.in + usage.out, usd } };
    }
    case "run.reopened":
      return { ...next, state: "running", error: null, finishedAt: null };
    case "wait.opened":
      return { ...awoken, waits: [...awoken.waits, event.data] };
    case "incident.opened":
      return { ...awoken, waits: [...awoken.waits, { kind: "incident", path: event.path ?? "", question: event.data.message }] };
    case "model.completed":
    case "model.failed": {
      const { usage, usd } = event.data;
      const spent = next.spent === null ? null : { tokens: next.spent.tokens + (usage?.in ?? 0) + (usage?.out ?? 0), usd: next.spent.usd + (usd ?? 0) };
      return { ...awoken, spent };
    }
    default:
      return awoken;
  }
}

/** Whatever happens after parking says that the run is awake, and what happens at a wait ends it. */
function awake(line: RunLine, path: Path | undefined): RunLine {
  const waits = path === undefined || line.waits.length === 0 ? line.waits : line.waits.filter((wait) => wait.path !== path);
  return { ...line, waits, state: line.state === "parked" ? "running" : line.state };
}

const unknown = ({ run, at }: RunEvent): RunLine => ({ run, flow: "", state: "running", step: null, waits: [], admittedAt: at, finishedAt: null, error: null, seq: -1, spent: null });
