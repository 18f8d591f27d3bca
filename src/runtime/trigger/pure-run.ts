import type { GraphState } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { MessageSource } from "../../core/event.js";
import type { RunId } from "../../core/run-id.js";
import { informingJournal } from "../journal/informing.js";
import { NO_HISTORY } from "../run/history.js";
import type { LoadedFlow, World } from "../world.js";

export interface PureRun {
  readonly run: RunId;
  readonly keyRun: RunId;
  readonly input: Json;
  readonly key: string | null;
  readonly source: MessageSource | null;
  /** I42: `run.now` is always this. */
  readonly timestamp: number;
  /** What cancels it; undefined: nobody can. */
  readonly signal: AbortSignal | undefined;
}

/** One run without a journal: its emits are in the result, for whoever publishes them. Rejects for faults that are not the flow's. */
export async function runPure(flow: LoadedFlow, { run, keyRun, input, key, source, timestamp, signal }: PureRun, world: World): Promise<GraphState> {
  const { ports, stats } = world;
  const { counters } = stats;
  const journal = informingJournal(run, ports.clock, ports.observer);
  const began = ports.clock.monotonic();
  const observed = ports.observer.pure !== false;
  if (observed) {
    journal.append("run.admitted", null, { flow: flow.plan.id, hash: flow.plan.hash, input, source });
    journal.append("run.started", null, { now: timestamp });
  }
  const { execute } = world.createExecutor({
    plan: flow.plan,
    run,
    keyRun,
    input,
    depth: 0,
    messageKey: key,
    startedAt: timestamp,
    ports,
    journal,
    history: NO_HISTORY,
    signal,
    quiescent: cannotPark,
  });
  counters.runs += 1;
  const state = await flow.graph(run, input, execute, signal);
  const status = state.status === "running" ? "completed" : state.status;
  counters[status] += 1;
  stats.took(ports.clock.monotonic() - began);
  if (observed) journal.append("run.finished", null, { status, ...(status === "completed" ? { output: state.output } : {}), ...(state.error === null ? {} : { error: state.error }), usage: { in: 0, out: 0 }, usd: 0 });
  return state;
}

function cannotPark(): never {
  throw new TypeError("a pure flow waits for nothing");
}
