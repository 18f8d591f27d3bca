import { InfraError, type FlowError } from "../../core/errors.js";
import type { MessageSource, RunStatus, Wait } from "../../core/event.js";
import type { EmittedMessage } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { IndexOp, RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { RunContext, RunHandle } from "../run/context.js";
import { NO_HISTORY } from "../run/history.js";
import { type Journal, JournalLost } from "../run/journal.js";
import type { LoadedFlow, RunReport, World } from "../world.js";
import { asMessage, asRow, type DeadLetter, deadLetterOfRun } from "./dead-letter.js";
import type { Ticket } from "./slots.js";

/** A run whose admission is durable. */
export interface AdmittedRun {
  readonly flow: LoadedFlow;
  readonly run: RunId;
  readonly keyRun: RunId;
  readonly input: Json;
  readonly key: string | null;
  readonly journal: Journal;
  /** ms since the epoch, and on the monotonic clock. */
  readonly admittedAt: number;
  readonly began: number;
  readonly lane: { readonly name: string; readonly releaseParked: boolean } | null;
  /** Null for a run that was started by hand. */
  readonly from: { readonly message: Json; readonly source: MessageSource; readonly delivery: Delivery; readonly redrives: number } | null;
  /** The flow's own `fail` codes. */
  readonly ownCodes: ReadonlySet<string>;
  readonly abort?: AbortController;
  readonly report?: (report: RunReport) => void;
  /** The run goes on elsewhere, or nowhere. */
  readonly lost?: (cause: unknown) => void;
}

/** Runs it to its end, or until it waits for somebody. Failures of the flow are a status; others end the runtime. */
export function beginRun(admitted: AdmittedRun, ticket: Ticket, world: World): void {
  world.active.add(admitted.run);
  runToEnd(admitted, ticket, world).catch((thrown: unknown) => {
    world.active.delete(admitted.run);
    ticket.end();
    admitted.lost?.(thrown);
    // Another process has the run now: it goes on there (I2).
    if (!(thrown instanceof JournalLost)) world.failed(thrown);
    world.changed();
  });
}

async function runToEnd(admitted: AdmittedRun, ticket: Ticket, world: World): Promise<void> {
  const { flow, run, input, journal } = admitted;
  const { clock } = world.ports;
  const { abort = new AbortController() } = admitted;
  const waits: Wait[] = [];
  let parked = false;
  const ctx: RunContext = {
    plan: flow.plan,
    run,
    keyRun: admitted.keyRun,
    input,
    messageKey: admitted.key,
    startedAt: clock.now(),
    ports: world.ports,
    journal,
    history: NO_HISTORY,
    abort,
    park(wait) {
      waits.push(wait);
    },
    quiescent() {
      ticket.rest();
      if (parked || waits.every(({ kind }) => kind === "timer")) return;
      parked = true;
      park(admitted, waits, ticket, handle, world).catch((thrown: unknown) => {
        if (!(thrown instanceof JournalLost)) world.failed(thrown);
      });
    },
  };
  const handle = world.createExecutor(ctx);
  world.hot.add(handle);
  journal.append("run.started", null, { now: ctx.startedAt });
  const end = await outcome(admitted, handle, abort.signal);
  // What a finished run still has on the clock (its own timeout) would hold the process.
  dropRun(handle, world);
  if (parked) world.stats.counters.parked -= 1;
  await finish(admitted, end, handle, world);
  world.active.delete(run);
  ticket.end();
  world.changed();
}

interface End {
  readonly status: RunReport["status"] & RunStatus;
  readonly output: Json;
  readonly error: FlowError | null;
  readonly emitted: readonly EmittedMessage[];
}

async function outcome({ flow, run, input }: AdmittedRun, handle: RunHandle, signal: AbortSignal): Promise<End> {
  try {
    const { status, output, error, emitted } = await flow.graph(run, input, handle.execute, signal);
    return { status: status === "running" ? "completed" : status, output, error, emitted };
  } catch (thrown) {
    if (thrown instanceof JournalLost || thrown instanceof InfraError) throw thrown;
    // LangGraph, or a fault of ours: the run fails like any other, and its message is not lost.
    return { status: "failed", output: null, error: { code: "unknown", message: `internal error: ${thrown instanceof Error ? thrown.message : String(thrown)}` }, emitted: [] };
  }
}

async function finish(admitted: AdmittedRun, end: End, handle: RunHandle, world: World): Promise<void> {
  const { flow, run, journal, began } = admitted;
  const { clock, store } = world.ports;
  const { status, output, error, emitted } = end;
  const { usage, usd } = handle.totals();
  const now = clock.now();
  const letter = letterOf(admitted, end);
  const dlq = admitted.from === null ? undefined : flow.plan.topics[admitted.from.source.topic]?.dlq;
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, null, { status, at: now, error }) }];
  if (admitted.lane !== null) index.push({ op: "lane.leave", lane: admitted.lane.name });
  if (letter !== null && dlq !== undefined && world.ports.bus !== null) index.push({ op: "outbox.put", message: asMessage(letter, dlq) });
  else if (letter !== null) await store.putDeadLetters([asRow(letter, flow.plan.id, now)]);
  journal.append("run.finished", null, { status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error }), usage, usd }, index);
  await journal.barrier();
  const { counters } = world.stats;
  counters[status] += 1;
  if (letter !== null) counters.dlq += 1;
  world.stats.took(clock.monotonic() - began);
  admitted.report?.({ flow: flow.plan.id, run, status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error }), emitted });
}

function letterOf({ from, ownCodes, run }: AdmittedRun, { status, error }: End): DeadLetter | null {
  if (from === null || status !== "failed" || error === null || ownCodes.has(error.code)) return null;
  return deadLetterOfRun(run, error, from.message, from.source, from.delivery.attempt, from.redrives, from.delivery);
}

/** Reported as waiting; dropped from memory where only somebody's answer can wake it (I12). */
async function park(admitted: AdmittedRun, waits: readonly Wait[], ticket: Ticket, handle: RunHandle, world: World): Promise<void> {
  const { flow, run, journal, lane } = admitted;
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, lane === null || lane.releaseParked ? null : lane.name, { waits }) }];
  if (lane?.releaseParked === true) index.push({ op: "lane.leave", lane: lane.name });
  world.stats.counters.parked += 1;
  journal.append("run.parked", null, { waits }, index);
  await journal.barrier();
  if (lane?.releaseParked === true) ticket.leaveLane();
  if (waits.every(({ until }) => until === undefined)) dropRun(handle, world);
  world.active.delete(run);
  admitted.report?.({ flow: flow.plan.id, run, status: "parked", emitted: [], waits });
  world.changed();
}

function dropRun(handle: RunHandle, { hot }: World): void {
  hot.delete(handle);
  handle.drop();
}

/** `lane` is null once the run has left it. */
export const rowOf = (
  { flow, run, admittedAt }: Pick<AdmittedRun, "flow" | "run" | "admittedAt">,
  lane: string | null,
  end: { readonly waits: readonly Wait[] } | { readonly status: RunStatus; readonly at: number; readonly error: FlowError | null } | null,
): RunRow => ({
  run,
  flow: flow.plan.id,
  hash: flow.plan.hash,
  admittedAt,
  status: end !== null && "status" in end ? end.status : null,
  waits: end !== null && "waits" in end ? end.waits : [],
  finishedAt: end !== null && "status" in end ? end.at : null,
  lane,
  error: end !== null && "status" in end && end.error !== null ? { code: end.error.code, message: end.error.message } : null,
});
