import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { giveBack, spentElsewhere } from "../agent/lend.js";
import { append, type ActiveRun } from "./active-run.js";
import { answeredIn } from "./heard-reply.js";
import type { PathHistory } from "./history.js";
import { noMap, noSet } from "./none.js";

export type Signal = RunEvent & { readonly type: "signal.received" };

/** Signals of a run by id, in the order in which they came; those that a wait has taken are no longer open. */
export interface Signals {
  readonly all: Map<string, Signal>;
  readonly open: Set<string>;
  /** Names of those that the record says were taken. */
  readonly taken: ReadonlySet<string>;
  /** How many of all had come when the last attempt of a request ended, by the path of its step. */
  readonly answered: Map<Path, number>;
}

export const NO_SIGNALS: Signals = { all: noMap(), open: noSet(), taken: noSet(), answered: noMap() };

/** I13: a signal belongs to no path until a wait takes it, and that is recorded (I8). */
export function signalsOf(past: ReadonlyMap<Path, PathHistory>): Signals {
  const all = new Map<string, Signal>();
  for (const event of past.get("")?.events ?? []) if (event.type === "signal.received" && !all.has(event.data.id)) all.set(event.data.id, event);
  const open = new Set(all.keys());
  const taken = new Set<string>();
  for (const { events } of past.values()) {
    for (const event of events) {
      if (!isSignalTaking(event)) continue;
      const id = String(event.data.value);
      open.delete(id);
      taken.add(all.get(id)?.data.name ?? "");
    }
  }
  return { all, open, taken, answered: answeredIn(past, all) };
}

/** Those that the record says were taken at a path, in order. */
export const takenAt = ({ past, signals }: ActiveRun, path: Path): readonly Signal[] =>
  (past?.get(path)?.events ?? []).filter(isSignalTaking).flatMap(({ data }) => signals.all.get(String(data.value)) ?? []);

export function takeSignal(run: ActiveRun, path: Path, name: string, accepts: (signal: Signal) => boolean = () => true): Signal | null {
  const { all, open } = run.signals;
  for (const id of open) {
    const signal = all.get(id);
    if (signal?.data.name !== name || !accepts(signal)) continue;
    open.delete(id);
    append(run, "step.decided", path, { what: TAKEN, value: id });
    return signal;
  }
  return null;
}

/**
 * One that comes now: for the wait that has stood longest for its name, else for a later one. In one turn with its event.
 * Waits for messages see for themselves, in the order in which they stand, whether it is one of theirs.
 */
export function hearSignal(run: ActiveRun, signal: Signal): void {
  const { all, open } = run.signals;
  if (all.has(signal.data.id)) return;
  all.set(signal.data.id, signal);
  open.add(signal.data.id);
  const spent = spentElsewhere(signal);
  run.spending.awayTokens += spent.tokens;
  run.spending.awayUsd += spent.usd;
  giveBack(run.spending, signal.data.name);
  for (const [path, { wait, wake }] of run.waits) {
    if (wait.signal !== signal.data.name) continue;
    if (wait.kind === "message") {
      wake(signal);
      continue;
    }
    const taken = takeSignal(run, path, signal.data.name);
    if (taken !== null) wake(taken);
    return;
  }
}

const TAKEN = "signal";

/** A wait says which signal it took. */
export const isSignalTaking = (event: RunEvent): event is RunEvent & { readonly type: "step.decided" } => event.type === "step.decided" && event.data.what === TAKEN;
