import type { EventMap, Lent, RunEvent, Usage } from "../../core/event.js";
import type { EmittedMessage } from "../../core/graph.js";
import type { Path } from "../../core/run-id.js";
import { openLent, spentElsewhere } from "../agent/lend.js";
import { foldLedger } from "../saga/ledger.js";
import { afterReopening, type Reopened } from "./reopen.js";

export type Computed = EventMap["steps.computed"]["items"][number];

/** What the journal holds of one path, events in order of seq; `null` paths (run.*, the flow's own block) are "". */
export interface PathHistory {
  readonly events: readonly RunEvent[];
  /** The end of a pure step (I41). */
  readonly computed: Computed | null;
  /** The case that a switch took, where it is recorded. */
  readonly taken: number | null;
}

/** A run's durable events by path: what memoised replay looks results up in (I5, I7, I8). */
export interface RunHistory {
  /** -1 without events. */
  readonly lastSeq: number;
  readonly paths: ReadonlyMap<Path, PathHistory>;
  /** In order of seq. */
  readonly emitted: readonly EmittedMessage[];
  /** Settled model calls: what the budget starts from (I36). */
  readonly usage: Usage;
  readonly usd: number;
  /** What tasks of queues have spent for it. */
  readonly away: { readonly tokens: number; readonly usd: number };
  /** What those hold back that have not ended, by their steps' paths. */
  readonly lent: ReadonlyMap<Path, Lent>;
  /** When the run began; null where it has not. */
  readonly startedAt: number | null;
  /** An operator has cancelled it. */
  readonly cancelled: boolean;
  /** When a failed run last went on, and the paths that its steps then run under (I6). */
  readonly reopened: Reopened | null;
  /** When it was made of another run; null for others. */
  readonly forkedAt: number | null;
  /** sha256 of the modules that it went on with though they had changed. */
  readonly code: ReadonlyMap<string, string>;
  /** What was done and can be undone, and what of it is undone. */
  readonly ledger: ReturnType<typeof foldLedger>;
}

export const NO_HISTORY: RunHistory = { lastSeq: -1, paths: new Map(), emitted: [], usage: { in: 0, out: 0 }, usd: 0, away: { tokens: 0, usd: 0 }, lent: new Map(), startedAt: null, cancelled: false, reopened: null, forkedAt: null, code: new Map(), ledger: { done: [], undone: new Set() } };

/** By model calls whose events are not there any more, and by tasks of queues whose ends are not. */
export interface Spent {
  readonly in: number;
  readonly out: number;
  readonly usd: number;
  readonly away: RunHistory["away"];
}

export const NOTHING_SPENT: Spent = { in: 0, out: 0, usd: 0, away: { tokens: 0, usd: 0 } };

export function foldHistory(journal: Iterable<RunEvent>, spent: Spent = NOTHING_SPENT): RunHistory {
  const all = [...journal];
  const { events, reopened } = afterReopening(all);
  const paths = new Map<Path, { events: RunEvent[]; computed: Computed | null; taken: number | null }>();
  const emitted: EmittedMessage[] = [];
  const usage = { in: spent.in, out: spent.out };
  const away = { ...spent.away };
  let { usd } = spent;
  const lastSeq = all.at(-1)?.seq ?? -1;
  let startedAt: number | null = null;
  let cancelled = false;
  let forkedAt: number | null = null;
  const code = new Map<string, string>();
  const at = (path: Path) => {
    const found = paths.get(path);
    if (found !== undefined) return found;
    const made = { events: [], computed: null, taken: null };
    paths.set(path, made);
    return made;
  };
  for (const event of events) {
    at(event.path ?? "").events.push(event);
    if (event.type === "steps.computed") {
      for (const item of event.data.items) {
        const entry = at(item.path);
        if (item.taken === undefined) entry.computed ??= item;
        else entry.taken ??= item.taken;
      }
    } else if (event.type === "message.emitted") {
      const { topic, key, id, payload } = event.data;
      emitted.push({ topic, key, id, message: payload });
    } else if (event.type === "model.completed" || event.type === "model.failed") {
      usage.in += event.data.usage?.in ?? 0;
      usage.out += event.data.usage?.out ?? 0;
      usd += event.data.usd ?? 0;
    } else if (event.type === "signal.received") {
      const spent = spentElsewhere(event);
      away.tokens += spent.tokens;
      away.usd += spent.usd;
    } else if (event.type === "run.admitted") {
      if (event.data.fork !== undefined) forkedAt = event.at;
    } else if (event.type === "run.started") {
      startedAt ??= event.data.now;
    } else if (event.type === "code.changed") {
      code.set(event.data.file, event.data.code);
    } else if (event.type === "run.cancel_requested") {
      cancelled = true;
    }
  }
  return { lastSeq, paths, emitted, usage, usd, away, lent: openLent(events), startedAt, cancelled, reopened, forkedAt, code, ledger: foldLedger(events) };
}
