import type { RunEvent, TokenEvent } from "../core/event.js";
import { foldRun } from "../core/fold/fold-run.js";
import { emptyRun } from "../core/fold/run-view.js";
import { emptyTimeline, extend, type Timeline } from "../core/fold/timeline.js";
import { foldTokens } from "../core/fold/tokens.js";
import { messageOf } from "../core/message-of.js";
import type { RequestOutcome } from "../core/ports/operator.js";
import type { RunRequest } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";
import type { OpenRun, TuiData } from "./data.js";
import { createRunList, MOST_LINES } from "./run-list.js";
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
/** Whose events are kept here, for no store keeps them (I42). */
const MOST_PURE_RUNS = 200;

/** Everything that comes is queued, and folded once a frame: whoever runs flows in this process pays a push per event. */
export function createTuiStore(source: TuiSource, clock: StoreClock): TuiStore {
  const list = createRunList();
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
    for (const event of came) if (event.durable === false) keepPure(pure, event);
    list.heard(came);
    const open = data.open === null ? null : grown(data.open, came, said);
    publish({ lines: list.lines(), open });
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
      const line = list.get(run);
      if (line === undefined || line.spent === null) list.read(timeline.last);
      publish({ open: { ...open, timeline, read: true }, lines: list.lines() });
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
      list.listed(rows, data.live);
      publish({ lines: list.lines() });
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
        if (closed || asked.has(run) || list.get(run)?.spent !== null) continue;
        asked.add(run);
        const found: RunEvent[] = [];
        for await (const event of source.read(run, 0)) found.push(event);
        const view = foldRun(emptyRun(run), found);
        if (view.seq >= Math.max(list.get(run)?.seq ?? 0, 0)) list.read(view);
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
