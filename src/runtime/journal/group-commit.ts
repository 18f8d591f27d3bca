import { elapse } from "../../core/elapse.js";
import { InfraError } from "../../core/errors.js";
import { messageOf } from "../../core/message-of.js";
import type { CommitItem, CommitResult, Fence } from "../../core/ports/store.js";
import { shardOf, type RunId } from "../../core/run-id.js";
import type { RuntimePorts } from "../ports.js";
import { JournalLost, type OwnedJournal } from "../run/journal.js";
import { resultsOfRetry } from "./ended-and-removed.js";
import { makeEvent } from "./event.js";
import { createLine, letGoLine, type Line, loseLine, wait } from "./line.js";

/** The journals of all runs of this process, committed in groups (I2, I3, I40). */
export interface GroupCommit {
  /** A run's journal after its last durable event; -1 for a run that its first event creates. */
  open(run: RunId, lastSeq: number): OwnedJournal;
  /** Nothing is queued and nothing under way. */
  idle(): boolean;
  /** Resolves when the commit that is under way has ended and everybody was told how. */
  settled(): Promise<void>;
  /** Nothing more is appended: what the runs of this process still do is found out when they go on elsewhere. */
  close(): void;
}

/** What the journals tell the rest of the runtime. */
export interface GroupCommitHooks {
  readonly fenceOf: (shard: number) => Fence;
  /** Called with each item once it is durable, before anything that waits for it goes on (I4). */
  readonly durable: (item: CommitItem) => void;
}

/** I40. */
const CAP = 500;
/** Barriers that are woken in one turn of the loop, of one run or of many: what they append is committed while the next ones wake, and other work has its turn. */
const SLICE = 16;
/** How long a store may fail before the runs of this process end. */
const PATIENCE_MS = 30_000;
const FIRST_MS = 50;
/** What one try counts at most: a process that stood still, as on a machine that slept, has not tried all that time. */
const TRY_MS = 20_000;
const DURABLE = Promise.resolve();

export function createGroupCommit({ store, clock, random }: Pick<RuntimePorts, "store" | "clock" | "random">, { fenceOf, durable }: GroupCommitHooks): GroupCommit {
  /** Lines with something queued and nothing under way, in the order in which they became so. */
  let dirty: Line[] = [];
  let scheduled = false;
  let committing = false;
  let underWay = DURABLE;
  let broken: InfraError | JournalLost | null = null;
  /** Barriers to wake, from `woken` on. */
  let waking: ((() => void) | null)[] = [];
  let woken = 0;
  let wakeComing = false;
  const prefix = random.id();
  let entries = 0;

  const enlist = (line: Line): void => {
    dirty.push(line);
    schedule();
  };
  /** No timer: what is appended in this turn, and then what queues up while a commit runs (I40). */
  const schedule = (): void => {
    if (scheduled || committing) return;
    scheduled = true;
    clock.soon(begin);
  };
  const begin = (): void => {
    scheduled = false;
    if (dirty.length > 0) underWay = commitDirty();
  };

  async function commitDirty(): Promise<void> {
    committing = true;
    const lines = dirty.length > CAP ? dirty.splice(0, CAP) : dirty;
    if (lines === dirty) dirty = [];
    const items = lines.map(take);
    const results = await commitPatiently(items);
    lines.forEach((line, at) => settle(line, items[at], results?.[at]));
    committing = false;
    if (waking.length > 0 && !wakeComing) wake();
    if (dirty.length > 0) schedule();
  }

  function wake(): void {
    wakeComing = false;
    const end = Math.min(woken + SLICE, waking.length);
    for (; woken < end; woken += 1) {
      waking[woken]?.();
      waking[woken] = null;
    }
    if (woken < waking.length) {
      wakeComing = true;
      clock.nextTurn(wake);
    } else {
      waking = [];
      woken = 0;
    }
  }

  /** All events of a run since the last take are one item. */
  function take(line: Line): CommitItem {
    entries += 1;
    // I1: anybody may create a run, but no more than that.
    const fence = line.durable < 0 && line.events.length === 1 ? null : fenceOf(shardOf(line.run));
    const item = { run: line.run, expectedSeq: line.durable, entryId: `${prefix}.${entries}`, fence, events: line.events, index: line.index };
    line.events = [];
    line.index = [];
    line.flying = line.queued;
    line.queued = [];
    line.inFlight = true;
    return item;
  }

  /**
   * A rejected commit may have committed: the same items again, until the store says what became of them (I2).
   * Meanwhile no barrier wakes: no effect starts and nothing is admitted, which is all the pause that intake needs (I40).
   */
  async function commitPatiently(items: readonly CommitItem[]): Promise<readonly (CommitResult | undefined)[] | null> {
    let left = PATIENCE_MS;
    for (let delay = FIRST_MS, isRetry = false; broken === null; delay = Math.min(delay * 2, 2000), isRetry = true) {
      const began = clock.monotonic();
      try {
        const results = await store.commit(items);
        return isRetry ? await resultsOfRetry(items, results, store) : results;
      } catch (cause) {
        if (broken !== null) return null;
        left -= Math.min(clock.monotonic() - began, TRY_MS) + delay;
        if (left < 0) broken = storeFailed(cause);
        else await elapse(clock, delay);
      }
    }
    return null;
  }

  function settle(line: Line, item: CommitItem | undefined, result: CommitResult | undefined): void {
    if (item === undefined || result === undefined) return loseLine(line, broken ?? storeFailed(null));
    if (result !== "ok") return loseLine(line, new JournalLost(`run ${line.run}: ${result === "fenced" ? "another process owns it now" : "the store has other events of it"}`, { behind: result === "conflict" && line.durable >= 0 }));
    line.durable += item.events.length;
    line.inFlight = false;
    for (const { resolve } of line.flying) waking.push(resolve);
    line.flying = [];
    if (line.events.length > 0) dirty.push(line);
    durable(item);
  }

  return {
    open(run, lastSeq) {
      const line = createLine(run, lastSeq);
      return {
        run,
        append(type, path, data, index) {
          if (line.lost !== null || broken !== null) return;
          if (line.events.length === 0 && !line.inFlight) enlist(line);
          line.events.push(makeEvent(type, run, line.next, clock.now(), path, true, data));
          line.next += 1;
          if (index !== undefined) line.index.push(...index);
        },
        barrier() {
          const lost = line.lost ?? broken;
          if (lost !== null) return Promise.reject(lost);
          if (line.events.length > 0) return wait(line.queued);
          return line.inFlight ? wait(line.flying) : DURABLE;
        },
        close() {
          if (line.lost !== null) return;
          dirty = dirty.filter((one) => one !== line);
          letGoLine(line, new JournalLost(`run ${run} was let go`));
        },
      };
    },
    idle: () => !committing && dirty.length === 0,
    settled: () => underWay,
    close() {
      broken ??= new JournalLost("the runtime was closed");
    },
  };
}

const storeFailed = (cause: unknown): InfraError =>
  new InfraError("FC6010", `The store did not take events for ${PATIENCE_MS / 1000} seconds: ${messageOf(cause)}`, { hint: "look at the disk or the server of the store; runs go on where they were", cause });
