import type { RunEvent } from "../../core/event.js";
import { sumOf } from "../agent/spending.js";
import { lockPath } from "../lock/hold.js";
import { enter, leave, startTimer } from "./active-run.js";
import type { RunContext, RunHandle } from "./context.js";
import { hearEnds } from "./hear-ends.js";
import { makeRun, topFrame } from "./make-run.js";
import { type Progress, runNode } from "./run-node.js";
import { hearSignal } from "./signals.js";
import { standing } from "./standing.js";

/** Makes one run ready to be driven by its graph, node by node: the graph routes, the journal decides (docs/design/architecture.md). */
export function startRun(ctx: RunContext): RunHandle {
  const run = makeRun(ctx);
  const top = topFrame(run);
  const progress: Progress = { run, top, output: undefined };
  hearEnds(run);
  return {
    async execute(node, state) {
      for (const [id, value] of Object.entries(state.steps)) top.steps[id] ??= value;
      enter(run);
      try {
        return await runNode(progress, node);
      } finally {
        leave(run);
      }
    },
    wake(event: RunEvent) {
      if (event.path === undefined) {
        if (event.type === "signal.received") hearSignal(run, event);
        return;
      }
      const at = run.waits.get(event.path);
      if (at === undefined) run.early.set(event.path, event);
      else at.wake(event);
    },
    standing: () => standing(run),
    later: (ms, fire) => startTimer(run, ms, fire),
    drop() {
      run.dropped = true;
      for (const stop of run.timers) stop();
    },
    locks: () => [...run.locks].map(([path, lock]) => ({ lock, path: lockPath(path) })),
    signals: (name) => [...run.signals.all.values()].flatMap(({ data }) => (data.name === name ? [data.payload] : [])),
    totals: () => ({ usage: { in: run.spending.in, out: run.spending.out }, usd: sumOf(run.spending.usd) }),
  };
}
