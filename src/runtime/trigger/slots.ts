import type { Clock } from "../../core/ports/clock.js";
import type { RunId } from "../../core/run-id.js";
import type { Due, Entrance, Job, Lanes } from "./lanes.js";
import { createPlaces } from "./places.js";
import { createQueue, type Queue } from "./queue.js";

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
  /** A run of a lane that is restored. */
  recovered(run: RunId, start: () => void): Job;
  /** Others may run: this one waits for something outside (I19). Its lane stays closed. */
  rest(run: RunId, lane: string | null): void;
  /** It may rest, and keeps its place until another one wants it, which calls `give`. */
  linger(run: RunId, give: () => void): void;
  /** It goes on. */
  stay(run: RunId): void;
  /** Opens the lane for the next run, once the store knows that this one has left it. */
  leaveLane(run: RunId, lane: string): void;
  /** Running and waiting to run; resting runs do not count. */
  load(): number;
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
  /** Of its flow, whose other triggers have runs in them too. */
  readonly lanes: Lanes;
  /** I19: how much of the places is this process's, 1 where it has no others beside it. */
  share(): number;
  /** A run ended or rests: there may be room for more. */
  room(): void;
}

/** `perTurn`: how many may begin in one turn of the loop; graphs of many nodes keep it busy for long. */
export function createSlots(limit: number, perTurn: number, { clock, lanes, share, room }: SlotsHooks): Slots {
  let concurrency = limit;
  let closed = false;
  let startedThisTurn = 0;
  let turnComing = false;
  let waitingInLanes = 0;
  const running = createPlaces();
  /** Those of them that may rest. */
  const lingering = new Map<RunId, () => void>();
  /** Heads of their lanes. */
  const fresh = createQueue<Due>();
  const woken = createQueue<Due>();
  let wokenNext = true;

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

  const begin = (job: Due, among: Queue<Due>): void => {
    among.put(job);
    pump();
  };

  const entranceTo = (among: Queue<Due>): Entrance => ({
    enter(job) {
      waitingInLanes -= 1;
      begin(job, among);
    },
    withdraw() {
      waitingInLanes -= 1;
    },
  });
  const [asFresh, asWoken] = [entranceTo(fresh), entranceTo(woken)];

  return {
    perTurn,
    enter(run, lane, start, isWoken = false) {
      if (lane === null) return begin({ run, start }, isWoken ? woken : fresh);
      waitingInLanes += 1;
      lanes.enter({ run, start, entrance: isWoken ? asWoken : asFresh }, lane);
    },
    recovered(run, start) {
      waitingInLanes += 1;
      return { run, start, entrance: asFresh };
    },
    rest(run, lane) {
      lingering.delete(run);
      if (!running.give(run)) return;
      if (lane !== null) lanes.rest(run, lane);
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
    leaveLane: lanes.leave,
    load: () => running.count() - lingering.size + waiting() + waitingInLanes,
    crowded: lanes.crowded,
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
