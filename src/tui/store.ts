import type { RunEvent, TokenEvent } from "../core/event.js";
import { foldLine, lineOfRow, lineOfView, type RunLine } from "../core/fold/run-line.js";
import { foldRun } from "../core/fold/fold-run.js";
import { emptyRun } from "../core/fold/run-view.js";
import { emptyTimeline, extend, type Timeline } from "../core/fold/timeline.js";
import { foldTokens } from "../core/fold/tokens.js";
import { messageOf } from "../core/message-of.js";
import type { RequestOutcome } from "../core/ports/operator.js";
import type { RunRequest } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";
import type { OpenRun, TuiData } from "./data.js";
import type { TuiSource } from "./source.js";

export interface TuiStore {
  snapshot(): TuiData;
  subscribe(changed: () => void): () => void;
  open(run: RunId | null): void;
  /** Reads what these lines have cost, where that is not known. */
  fill(runs: readonly RunId[]): void;
  request(run: RunId, request: RunRequest): Promise<RequestOutcome>;
  close(): void;
}

export interface StoreClock {
  now(): number;
  /** Gives a function that withdraws it. */
  after(ms: number, what: () => void): () => void;
}

/** Events are drawn together: 12 frames a second, whatever comes. */
const FRAME_MS = 80;
/** Ages and durations of what runs go on. */
const TICK_MS = 1000;
/** A source that does not call back is asked. */
const POLL_MS = 2000;
/** Lines that are kept: of a stream of runs the oldest that have ended are forgotten. */
const MOST_LINES = 2000;
/** Whose events are kept here, for no store keeps them (I42). */
const MOST_PURE_RUNS = 200;

/** Everything that comes is queued, and folded once a frame: whoever runs flows in this process pays a push per event. */
export function createTuiStore(source: TuiSource, clock: StoreClock): TuiStore {
  const lines = new Map<RunId, RunLine>();
  const pure = new Map<RunId, RunEvent[]>();
  const listeners = new Set<() => void>();
  const asked = new Set<RunId>();
  let events: RunEvent[] = [];
  let tokens: TokenEvent[] = [];
  let data: TuiData = { title: source.title(), live: true, lines: new Map(), open: null, now: clock.now(), problem: null };
  let frame: (() => void) | null = null;
  let tick: (() => void) | null = null;
  let poll: (() => void) | null = null;
  let catching = false;
  let filling = false;
  let closed = false;

  const soon = (): void => {
    if (!closed) frame ??= clock.after(FRAME_MS, draw);
  };
  const publish = (next: Partial<TuiData>): void => {
    if (closed) return;
    data = { ...data, ...next, title: source.title(), now: clock.now() };
    for (const changed of listeners) changed();
    tick ??= clock.after(TICK_MS, () => {
      tick = null;
      if (isAging(data)) publish({});
    });
  };
  const failed = (error: unknown): void => publish({ problem: messageOf(error) });

  function draw(): void {
    frame = null;
    const [came, said] = [events, tokens];
    events = [];
    tokens = [];
    for (const event of came) {
      lines.set(event.run, foldLine(lines.get(event.run), event));
      if (event.durable === false) keepPure(pure, event);
    }
    forget(lines);
    const open = data.open === null ? null : grown(data.open, came, said);
    publish({ lines: new Map(lines), open });
    if (open !== null && came.some(({ run, seq }) => run === open.timeline.last.run && seq > open.timeline.last.seq)) void catchUp();
  }

  /** Reads what the open run has behind its last known event. */
  async function catchUp(): Promise<void> {
    const run = data.open?.timeline.last.run;
    if (run === undefined || catching) return;
    catching = true;
    try {
      const from = data.open?.timeline.last.seq ?? -1;
      const found = [...(pure.get(run) ?? [])];
      for await (const event of source.read(run, from + 1)) found.push(event);
      catching = false;
      const { open } = data;
      if (closed || open === null) return;
      // Another run was opened meanwhile, or the same once more.
      if (open.timeline.last.run !== run || open.timeline.last.seq < from) return void catchUp();
      const timeline = extend(open.timeline, found);
      const line = lines.get(run);
      if (line === undefined || line.spent === null) lines.set(run, lineOfView(timeline.last));
      publish({ open: { ...open, timeline, read: true }, lines: new Map(lines) });
      await readPlan(timeline);
    } catch (error) {
      catching = false;
      failed(error);
    }
  }

  async function readPlan({ last }: Timeline): Promise<void> {
    if (last.hash === "" || data.open === null || data.open.plan !== null) return;
    const plan = await source.plan(last.hash);
    if (data.open?.timeline.last.run === last.run) publish({ open: { ...data.open, plan } });
  }

  async function readList(): Promise<void> {
    try {
      const rows = await source.runs(MOST_LINES);
      // The newest last, as events bring them: the oldest are forgotten first.
      for (const row of rows.toReversed()) {
        const [line, fresh] = [lines.get(row.run), lineOfRow(row)];
        // What events say is newer than a row, unless none come.
        if (line !== undefined && line.seq >= 0 && data.live) continue;
        lines.set(row.run, line?.state === fresh.state ? { ...line, waits: fresh.waits } : fresh);
      }
      if (!data.live) forgetEnded(lines, new Set(rows.map(({ run }) => run)));
      forget(lines);
      publish({ lines: new Map(lines) });
    } catch (error) {
      failed(error);
    }
  }

  function pollAgain(): void {
    poll = clock.after(POLL_MS, () => {
      poll = null;
      asked.clear();
      void readAll();
    });
  }

  async function readAll(): Promise<void> {
    await Promise.all([readList(), catchUp()]);
    if (!closed && !data.live) pollAgain();
  }

  async function fillLines(runs: readonly RunId[]): Promise<void> {
    if (filling) return;
    filling = true;
    try {
      for (const run of runs) {
        if (closed || asked.has(run) || lines.get(run)?.spent !== null) continue;
        asked.add(run);
        const found: RunEvent[] = [];
        for await (const event of source.read(run, 0)) found.push(event);
        const view = foldRun(emptyRun(run), found);
        if (view.seq >= Math.max(lines.get(run)?.seq ?? 0, 0)) lines.set(run, lineOfView(view));
        soon();
      }
    } catch (error) {
      failed(error);
    }
    filling = false;
  }

  const leave = source.watch({
    event(event) {
      events.push(event);
      soon();
    },
    token(token) {
      if (token.run !== data.open?.timeline.last.run) return;
      tokens.push(token);
      soon();
    },
    began() {
      poll?.();
      poll = null;
      // What happened meanwhile nobody told.
      publish({ live: true, problem: null });
      void readAll();
    },
    ended(problem) {
      publish({ live: false, ...(problem === null ? {} : { problem }) });
      if (poll === null) pollAgain();
    },
  });
  void readList();

  return {
    snapshot: () => data,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    open(run) {
      const open: OpenRun | null = run === null ? null : { timeline: emptyTimeline(run), streams: new Map(), read: false, plan: null };
      publish({ open });
      void catchUp();
    },
    fill: (runs) => void fillLines(runs),
    async request(run, request) {
      const outcome = await source.request(run, request);
      if (!data.live) await Promise.all([readList(), catchUp()]);
      return outcome;
    },
    close() {
      closed = true;
      leave();
      for (const cancel of [frame, tick, poll]) cancel?.();
      listeners.clear();
    },
  };
}

/** Something on the screen gets older by itself. */
const isAging = ({ lines, open }: TuiData): boolean => open?.timeline.last.finishedAt === null || Iterator.from(lines.values()).some(({ finishedAt }) => finishedAt === null);

function grown(open: OpenRun, events: readonly RunEvent[], tokens: readonly TokenEvent[]): OpenRun {
  const { run } = open.timeline.last;
  return { ...open, timeline: extend(open.timeline, events.filter((event) => event.run === run)), streams: foldTokens(open.streams, tokens.filter((token) => token.run === run)) };
}

function keepPure(pure: Map<RunId, RunEvent[]>, event: RunEvent): void {
  const known = pure.get(event.run);
  if (known !== undefined) known.push(event);
  else pure.set(event.run, [event]);
  const [oldest] = pure.keys();
  if (pure.size > MOST_PURE_RUNS && oldest !== undefined) pure.delete(oldest);
}

/** Whoever is open no more, and is not among the newest, has ended long ago. */
function forgetEnded(lines: Map<RunId, RunLine>, known: ReadonlySet<RunId>): void {
  for (const [run, { finishedAt }] of lines) if (finishedAt === null && !known.has(run)) lines.delete(run);
}

function forget(lines: Map<RunId, RunLine>): void {
  if (lines.size <= MOST_LINES) return;
  for (const [run, { finishedAt }] of lines) {
    if (finishedAt !== null) lines.delete(run);
    if (lines.size <= MOST_LINES) return;
  }
}
