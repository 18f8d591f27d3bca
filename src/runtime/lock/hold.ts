import type { RunEvent, Wait } from "../../core/event.js";
import type { LockPlace } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import { append, type ActiveRun } from "../run/active-run.js";
import { overMessage } from "../run/deadline.js";
import type { Frame } from "../run/frame.js";
import { isFatal } from "../run/raised.js";
import type { LockName } from "../run/ready.js";
import { recall } from "../run/recall.js";
import { afterReopening } from "../run/reopen.js";
import { throwIfCancelled } from "../run/scope.js";
import { durableWait } from "../run/wait.js";

/** Where the lock of a step or a block stands in the journal. */
export const lockPath = (path: Path): Path => `${path}!lock`;

/** What the record says of a lock. `over`: its time was over before it was free; `in vain`: cut off while it waited. */
interface Known {
  readonly name: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly state: "waiting" | "over" | "taken" | "left" | "in vain";
}

/**
 * Runs a part that has a text for itself over all runs: waits until it is the first in the queue for it, and leaves the
 * queue when the part is over, however it ends. Nothing is told to the store but with events of the run, so that a crash
 * neither loses the lock nor leaks it; the run's end gives back what is left.
 */
export async function withLock<T>(frame: Frame, path: Path, lock: LockName, part: Part<T>): Promise<T> {
  const known = recorded(frame.run, path);
  // I8: what cut it off there does so again, before anything in it begins.
  if (known?.state === "in vain") throwIfCancelled(frame.scope);
  if (known !== null && isGone(known)) return part.work();
  try {
    const inTime = await takeLock(frame, path, lock, part.timeout);
    const result = await (inTime ? part.work() : part.late(`the lock was not free in time: ${overMessage(part.timeout ?? 0)}`));
    leaveLock(frame.run, path);
    return result;
  } catch (thrown) {
    if (!isFatal(thrown)) leaveLock(frame.run, path);
    throw thrown;
  }
}

/** What runs in a lock. */
interface Part<T> {
  readonly work: () => Promise<T>;
  /** Of the step, in which the waiting counts. */
  readonly timeout?: number | undefined;
  /** In its place where the time was over before the lock was free. */
  readonly late: (why: string) => Promise<T>;
}

/** Waits until the lock is this one's; false: not in time. */
export async function takeLock(frame: Frame, path: Path, lock: LockName, timeout?: number): Promise<boolean> {
  const { run } = frame;
  const at = lockPath(path);
  const known = recorded(run, path);
  const name = known?.name ?? join(frame, at, lock);
  const since = known?.since ?? run.ctx.ports.clock.now();
  run.locks.set(path, name);
  if (timeout !== undefined) run.since.set(path, since);
  if (known?.state === "taken") return true;
  if (known?.state === "over") return false;
  if (known === null) await run.ctx.journal.barrier();
  const wait: Wait = { kind: "lock", path: at, lock: name, ...(timeout === undefined ? {} : { until: since + timeout }) };
  for (;;) {
    const head = await headOf(run, name);
    if (head?.run === run.ctx.run && head.path === at) break;
    throwIfCancelled(frame.scope);
    if ((await durableWait(frame, at, head === null ? wait : { ...wait, holder: head.run })).type === "timer.fired") return false;
  }
  throwIfCancelled(frame.scope);
  append(run, "step.decided", at, { what: LOCK, value: TAKEN }, [{ op: "lock.take", lock: name, path: at }]);
  return true;
}

function join(frame: Frame, at: Path, lock: LockName): string {
  throwIfCancelled(frame.scope);
  const name = lock(frame.env);
  append(frame.run, "wait.opened", at, { kind: "lock", path: at, lock: name }, [{ op: "lock.join", lock: name, path: at }]);
  return name;
}

function headOf(run: ActiveRun, name: string): Promise<LockPlace | null> {
  const { store, clock } = run.ctx.ports;
  return patiently(clock, () => run.dropped, () => store.lockHead(name));
}

/** Once: also of one that it waited for in vain. */
function leaveLock(run: ActiveRun, path: Path): void {
  const name = run.locks.get(path);
  if (name === undefined) return;
  run.locks.delete(path);
  run.since.delete(path);
  append(run, "step.decided", lockPath(path), { what: LOCK, value: LEFT }, [{ op: "lock.leave", lock: name, path: lockPath(path) }]);
}

/** A step that has ended in the record, or is cut off before it goes on, and whose lock an earlier process did not give back. */
export function leaveRecorded(run: ActiveRun, path: Path, isCut: boolean): void {
  if (!isCut && recall(run, path) === null) return;
  const known = recorded(run, path);
  if (known === null || isGone(known) || run.locks.has(path)) return;
  run.locks.set(path, known.name);
  leaveLock(run, path);
}

function recorded({ past }: ActiveRun, path: Path): Known | null {
  return foldLock(past?.get(lockPath(path))?.events ?? []);
}

/** Places in queues that a journal has not given back. */
export function openLocks(events: readonly RunEvent[]): readonly { readonly lock: string; readonly path: Path }[] {
  const byPath = Map.groupBy(afterReopening(events).events, ({ path = "" }) => path);
  return [...byPath].flatMap(([path, own]) => {
    const known = path.endsWith(lockPath("")) ? foldLock(own) : null;
    return known === null || isGone(known) ? [] : [{ lock: known.name, path }];
  });
}

function foldLock(events: readonly RunEvent[]): Known | null {
  return events.reduce<Known | null>((known, { type, at, data }) => {
    if (type === "wait.opened") return { name: data.lock ?? "", since: at, state: "waiting" };
    if (known === null) return null;
    if (type === "timer.fired") return { ...known, state: "over" };
    if (type !== "step.decided" || data.what !== LOCK) return known;
    return { ...known, state: data.value === TAKEN ? "taken" : known.state === "waiting" ? "in vain" : "left" };
  }, null);
}

const isGone = ({ state }: Known): boolean => state === "left" || state === "in vain";

const LOCK = "lock";
const TAKEN = "taken";
const LEFT = "left";
