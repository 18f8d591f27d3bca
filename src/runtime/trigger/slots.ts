import type { Clock } from "../../core/ports/clock.js";
import type { RunId } from "../../core/run-id.js";
import { createPlaces } from "./places.js";
import { createQueue } from "./queue.js";
import { createSharedLanes } from "./shared-lanes.js";

/** How many runs of a trigger are under way, and in which order the others begin (I18, I19). */
export interface Slots {
  /** How many may begin in one turn of the loop. */
  readonly perTurn: number;
  /**
   * The run begins when there is a place and its lane is free: at the lane's end, or at once again where it is the head.
   * `woken`: it was parked and waits for nothing any more (I15). Places go by turns to such runs and to others, so that
   * neither wait behind all of the other: a thousand that have not begun, or all timers of an hour.
   */
  enter(run: RunId, lane: string | null, start: () => void, woken?: boolean): void;
  /** Others may run: this one waits for something outside (I19). Its lane stays closed. */
  rest(run: RunId, lane: string | null): void;
  /** It may rest, and keeps its place until another one wants it, which calls `give`. */
  linger(run: RunId, give: () => void): void;
  /** It goes on. */
  stay(run: RunId): void;
  /** Opens the lane for the next run, once the store knows that this one has left it. */
  leaveLane(run: RunId, lane: string): void;
  /** The run's shard is another process's. */
  forget(run: RunId, lane: string): void;
  /** Lanes that several processes share may have new heads: one of them, or any. */
  look(lane: string | null): void;
  /** Takes up a lane that an earlier process left: the parked run at its head, else runs whose order the store knows. */
  restore(lane: string, head: RunId | null, behind: readonly { readonly run: RunId; readonly start: () => void }[]): void;
  /** Running and waiting to run; resting runs do not count. */
  load(): number;
  /** What will go on by itself: without resting runs and those in a lane behind one. */
  busy(): number;
  /** A lane has more waiting than a partition is read for (I19). */
  crowded(): boolean;
  resize(concurrency: number): void;
  /** This process's share of the places may be another one. */
  reshare(): void;
  /** Nothing begins any more. */
  close(): void;
}

export interface SlotsHooks {
  readonly clock: Clock;
  /** Lanes are those of several processes. */
  readonly shared: boolean;
  /** I19: how much of the places is this process's, 1 where it has no others beside it. */
  share(): number;
  /** The run that joined the lane first of those in it. */
  laneHead(lane: string): Promise<RunId | null>;
  /** A run ended or rests: there may be room for more. */
  room(): void;
  /** `laneHead` rejected: its lane stays closed. */
  failed(cause: unknown): void;
}

interface Job {
  readonly run: RunId;
  readonly lane: string | null;
  readonly start: () => void;
}

interface Lane {
  head: RunId | null;
  /** From an earlier process, before `behind`, in an order that the store knows. */
  readonly recovered: Map<RunId, Job>;
  readonly behind: Job[];
}

/** I19: messages behind one lane's head. */
const LONGEST_LANE = 100;

/** `perTurn`: how many may begin in one turn of the loop; graphs of many nodes keep it busy for long. */
export function createSlots(limit: number, perTurn: number, { clock, shared, share, laneHead, room, failed }: SlotsHooks): Slots {
  let concurrency = limit;
  let closed = false;
  let startedThisTurn = 0;
  let turnComing = false;
  let waitingInLanes = 0;
  let crowdedLanes = 0;
  const running = createPlaces();
  /** Those of them that may rest. */
  const lingering = new Map<RunId, () => void>();
  /** Heads of their lanes. */
  const fresh = createQueue<Job>();
  const woken = createQueue<Job>();
  let wokenNext = true;
  const lanes = new Map<string, Lane>();
  /** Whose head waits for something outside. */
  const restingLanes = new Set<Lane>();

  function pump(): void {
    // One that takes up its first shards has a place for their runs.
    const places = Math.max(Math.ceil(concurrency * share()), 1);
    while (!closed && waiting() > 0) {
      if (startedThisTurn >= perTurn) return nextTurn();
      if (running.count() >= places) {
        const [first] = lingering;
        if (first === undefined) break;
        const [run, give] = first;
        lingering.delete(run);
        give();
        continue;
      }
      const job = wokenNext ? (woken.take() ?? fresh.take()) : (fresh.take() ?? woken.take());
      if (job === undefined) return;
      wokenNext = !wokenNext;
      running.take(job.run);
      startedThisTurn += 1;
      job.start();
    }
    if (startedThisTurn > 0) nextTurn();
  }

  const waiting = (): number => fresh.size() + woken.size();

  function nextTurn(): void {
    if (turnComing) return;
    turnComing = true;
    clock.nextTurn(() => {
      turnComing = false;
      startedThisTurn = 0;
      pump();
    });
  }

  const begin = (job: Job, among = fresh): void => {
    among.put(job);
    pump();
  };

  /** The lane is free: its next run begins. */
  async function advance(name: string, lane: Lane): Promise<void> {
    lane.head = null;
    restingLanes.delete(lane);
    let job: Job | undefined;
    if (lane.recovered.size > 0) {
      // I18: runs of a lane lie in several shards, so that only the store knows their order.
      const head = lane.recovered.size === 1 && lane.behind.length === 0 ? lane.recovered.keys().next().value : await laneHead(name);
      job = head === undefined || head === null ? undefined : lane.recovered.get(head);
      if (job === undefined) {
        // Its head cannot be driven here: the lane stays closed behind it.
        lane.head = head ?? null;
        restingLanes.add(lane);
        return;
      }
      lane.recovered.delete(job.run);
    } else {
      job = lane.behind.shift();
      if (lane.behind.length === LONGEST_LANE) crowdedLanes -= 1;
    }
    if (job === undefined) {
      lanes.delete(name);
      return;
    }
    waitingInLanes -= 1;
    lane.head = job.run;
    begin(job);
  }

  const sharedLanes = shared ? createSharedLanes<Job>(laneHead, begin, failed) : null;
  const isLoad = (): number => running.count() - lingering.size + waiting() + waitingInLanes + (sharedLanes?.waiting() ?? 0);

  return {
    perTurn,
    enter(run, name, start, isWoken = false) {
      const job = { run, lane: name, start };
      const among = isWoken ? woken : fresh;
      if (sharedLanes !== null && name !== null) return sharedLanes.enter(job, name);
      const lane = name === null ? undefined : lanes.get(name);
      if (name === null || lane === undefined) {
        if (name !== null) lanes.set(name, { head: run, recovered: new Map(), behind: [] });
        begin(job, among);
      } else if (lane.head === run) {
        restingLanes.delete(lane);
        begin(job, among);
      } else {
        waitingInLanes += 1;
        lane.behind.push(job);
        if (lane.behind.length === LONGEST_LANE + 1) crowdedLanes += 1;
      }
    },
    rest(run, name) {
      lingering.delete(run);
      if (!running.give(run)) return;
      const lane = name === null ? undefined : lanes.get(name);
      if (lane?.head === run) restingLanes.add(lane);
      pump();
      room();
    },
    linger(run, give) {
      if (!running.has(run)) return;
      lingering.set(run, give);
      pump();
      room();
    },
    stay: (run) => void lingering.delete(run),
    forget(run, name) {
      sharedLanes?.forget(run, name);
    },
    look(name) {
      if (name === null) sharedLanes?.lookAll();
      else sharedLanes?.look(name);
    },
    leaveLane(run, name) {
      if (sharedLanes !== null) return sharedLanes.leave(run, name);
      const lane = lanes.get(name);
      if (lane === undefined || lane.head !== run) return;
      void advance(name, lane).then(room, failed);
    },
    restore(name, head, behind) {
      if (sharedLanes !== null) {
        for (const { run, start } of behind) sharedLanes.enter({ run, lane: name, start }, name);
        return;
      }
      const lane: Lane = { head, recovered: new Map(behind.map(({ run, start }) => [run, { run, lane: name, start }])), behind: [] };
      lanes.set(name, lane);
      waitingInLanes += behind.length;
      if (head === null) void advance(name, lane).catch(failed);
      else restingLanes.add(lane);
    },
    load: isLoad,
    busy() {
      let behind = 0;
      for (const lane of restingLanes) behind += lane.behind.length + lane.recovered.size;
      if (sharedLanes !== null) behind += sharedLanes.waiting() - sharedLanes.willGoOn((head) => running.has(head));
      return isLoad() - behind;
    },
    crowded: () => crowdedLanes > 0 || (sharedLanes?.longest() ?? 0) > LONGEST_LANE,
    resize(to) {
      concurrency = to;
      pump();
    },
    reshare: pump,
    close() {
      closed = true;
    },
  };
}
