import { messageOf } from "../core/message-of.js";
import type { Operator } from "../core/ports/operator.js";
import type { TuiSource, TuiWatcher } from "./source.js";

/** What an operator sees and may do, for the terminal UI. `by` is who asks. */
export function operatorSource(operator: Operator, by: string): TuiSource {
  const { server, shared, store } = operator;
  return {
    title: () => (shared !== undefined ? "a store that processes share" : server === null ? "nobody serves" : `serving ${server.flows.join(", ")} (pid ${server.pid})`),
    watch(watcher) {
      const ended = new AbortController();
      void follow(operator, watcher, ended.signal);
      return () => ended.abort();
    },
    async runs(limit) {
      const found = await Promise.all([store.runs({ limit }), store.runs({ limit, state: "running" }), store.runs({ limit, state: "parked" })]);
      return [...new Map(found.flat().map((row) => [row.run, row])).values()].toSorted((a, b) => b.admittedAt - a.admittedAt);
    },
    read: (run, fromSeq) => store.read(run, fromSeq),
    plan: (hash) => store.plan(hash),
    request: (run, request) => operator.request(run, request, by),
  };
}

async function follow(operator: Operator, watcher: TuiWatcher, signal: AbortSignal): Promise<void> {
  let problem: string | null = null;
  try {
    for await (const one of operator.watch(signal)) {
      if ("event" in one) watcher.event(one.event);
      else watcher.token(one.token);
    }
  } catch (error) {
    problem = messageOf(error);
  }
  if (!signal.aborted) watcher.ended(problem);
}
