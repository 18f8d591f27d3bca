import { setTimeout as sleep } from "node:timers/promises";
import type { Operator } from "../../core/ports/operator.js";
import { operatorSource } from "../../tui/operator-source.js";
import type { TuiSource, TuiWatcher } from "../../tui/source.js";

/** How often a process that serves is looked for, ms. */
const AGAIN_MS = 1500;

/** Outlives the process that serves: then it reads the file, and finds the next process that serves it. */
export function lastingSource(first: Operator, reopen: () => Promise<Operator>, by: string): TuiSource & AsyncDisposable {
  let operator = first;
  let source = operatorSource(first, by);
  const opened: Operator[] = [];
  const closed = new AbortController();

  function take(next: Operator): void {
    opened.push(next);
    operator = next;
    source = operatorSource(next, by);
  }

  async function watch(watcher: TuiWatcher, left: AbortSignal): Promise<void> {
    while (!left.aborted) {
      await watchOnce(source, watcher, left);
      // No socket leads to processes that share a store: to look for one is a connection each time.
      if (operator.shared !== undefined) return;
      while (!left.aborted && !(await findServer(left))) continue;
      if (!left.aborted) watcher.began();
    }
  }

  /** Also when the process went away: its file is then read in its place. */
  async function findServer(left: AbortSignal): Promise<boolean> {
    const next = await sleep(AGAIN_MS, null, { signal: left, ref: false }).then(reopen).catch(() => null);
    if (next === null) return false;
    if (left.aborted || (next.server === null && operator.server === null)) {
      await next[Symbol.asyncDispose]();
      return false;
    }
    take(next);
    return next.server !== null;
  }

  return {
    title: () => source.title(),
    watch(watcher) {
      const left = new AbortController();
      void watch(watcher, AbortSignal.any([left.signal, closed.signal]));
      return () => left.abort();
    },
    runs: (limit) => source.runs(limit),
    read: (run, fromSeq) => source.read(run, fromSeq),
    plan: (hash) => source.plan(hash),
    request: (run, request) => source.request(run, request),
    async [Symbol.asyncDispose]() {
      closed.abort();
      for (const one of opened) await one[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when nothing more comes. */
function watchOnce(source: TuiSource, watcher: TuiWatcher, left: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const leave = source.watch({
      ...watcher,
      ended(problem) {
        watcher.ended(problem);
        done();
      },
    });
    left.addEventListener("abort", () => {
      leave();
      done();
    }, { once: true });
  });
}
