import type { RunEvent, TokenEvent } from "../../src/core/event.js";
import { foldRun } from "../../src/core/fold/fold-run.js";
import { emptyRun } from "../../src/core/fold/run-view.js";
import type { RequestOutcome } from "../../src/core/ports/operator.js";
import type { RunRequest, RunRow } from "../../src/core/ports/store.js";
import type { TuiSource, TuiWatcher } from "../../src/tui/source.js";

/** What the terminal UI works from, made of arrays: `past` is in the store, `send` is what happens now. */
export interface ArraySource extends TuiSource {
  send(...all: readonly (RunEvent | { readonly token: TokenEvent })[]): void;
  /** Becomes part of the store, and nobody is told. */
  store(event: RunEvent): void;
  readonly requests: { readonly run: string; readonly request: RunRequest }[];
  end(problem: string | null): void;
}

export function arraySource(past: readonly RunEvent[], over: { readonly outcome?: RequestOutcome; readonly plan?: TuiSource["plan"] } = {}): ArraySource {
  const stored = [...past];
  const watchers = new Set<TuiWatcher>();
  const requests: ArraySource["requests"] = [];
  return {
    title: () => "array",
    requests,
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    runs: async (limit) => [...new Set(stored.map(({ run }) => run))].map((run) => rowOf(stored, run)).slice(0, limit),
    async *read(run, fromSeq) {
      yield* stored.filter((event) => event.run === run && event.seq >= fromSeq);
    },
    plan: over.plan ?? (async () => null),
    async request(run, request) {
      requests.push({ run, request });
      return over.outcome ?? { is: "accepted" };
    },
    store: (event) => void stored.push(event),
    send(...all) {
      for (const one of all) {
        if (!("token" in one)) stored.push(one);
        for (const watcher of watchers) {
          if ("token" in one) watcher.token(one.token);
          else watcher.event(one);
        }
      }
    },
    end(problem) {
      for (const watcher of watchers) watcher.ended(problem);
    },
  };
}

function rowOf(events: readonly RunEvent[], run: string): RunRow {
  const view = foldRun(emptyRun(run), events.filter((event) => event.run === run));
  const { flow, hash, admittedAt, finishedAt, state, waits, error } = view;
  return { run, flow, hash, admittedAt, finishedAt, status: state === "running" || state === "parked" ? null : state, waits: state === "parked" ? [...waits.values()] : [], lane: null, error };
}
