import { Timestamp } from "../../expr/evaluate/time.js";
import { holdLent } from "../agent/lend.js";
import { openUndo } from "../saga/undo-scope.js";
import type { ActiveRun } from "./active-run.js";
import type { RunContext } from "./context.js";
import { flowFrame, type Frame } from "./frame.js";
import { noMap, noSet } from "./none.js";
import { prepare } from "./prepare.js";
import { openScope } from "./scope.js";
import { NO_SIGNALS, signalsOf } from "./signals.js";

/** A run as it stands after its history, before anything of it is executed. */
export function makeRun(ctx: RunContext): ActiveRun {
  const { plan, history } = ctx;
  const pure = plan.class === "P";
  const started = new Timestamp(ctx.startedAt);
  const root = openScope(null);
  // Counted from the run's start, over parking and restarts; again from where a failed one goes on, or a fork begins.
  const limit = plan.class === "J" ? (plan.timeout ?? plan.body.timeout) : undefined;
  const flow = openScope(root, limit === undefined ? null : { path: "", due: (history.reopened?.at ?? history.forkedAt ?? ctx.startedAt) + limit });
  const run: ActiveRun = {
    ctx,
    ready: prepare(plan),
    past: history.paths.size > 0 ? history.paths : null,
    root,
    flow,
    taken: new Map(),
    code: pure ? noMap() : new Map(history.code),
    incidents: pure ? noSet() : new Set(),
    fatal: null,
    vars: { id: ctx.run, flow: plan.id, version: plan.release, started, now: started, depth: ctx.depth },
    pending: [],
    // What an earlier process sent is still the run's.
    emitted: [...history.emitted],
    waits: pure ? noMap() : new Map(),
    early: pure ? noMap() : new Map(),
    signals: pure ? NO_SIGNALS : signalsOf(history.paths),
    locks: pure ? noMap() : new Map(),
    since: pure ? noMap() : new Map(),
    registering: [],
    timers: new Set(),
    loopStates: new Map(),
    background: new Set(),
    spending: { in: history.usage.in, out: history.usage.out, usd: history.usd, reservedTokens: 0, reservedUsd: 0, awayTokens: history.away.tokens, awayUsd: history.away.usd, lent: pure ? noMap() : new Map(), borrowers: pure ? noSet() : new Set() },
    notes: new Map(),
    ledger: [...history.ledger.done],
    undone: pure ? noSet() : new Set(history.ledger.undone),
    ownKeys: null,
    events: history.lastSeq + 1,
    active: 0,
    dropped: false,
  };
  for (const [path, lent] of history.lent) holdLent(run.spending, path, lent);
  return run;
}

/** A step of a queue runs as it would in its run: what stood around it there stands around it here. */
export function topFrame(run: ActiveRun): Frame {
  const { input, duty } = run.ctx;
  const frame = flowFrame(run, input, "", run.flow, false);
  if (duty === undefined) return frame;
  const { settles, must, catching = [] } = duty;
  return {
    ...frame,
    undo: settles === true ? openUndo("", null, run.flow, null) : null,
    must: must === undefined ? null : { phase: must, keyPath: null },
    catching: catching.map((codes) => (codes === null ? null : new Set(codes))),
  };
}
