import type { Clock } from "../../core/ports/clock.js";

/** A run's place among those of its trigger. */
export interface Ticket {
  /** Others may run: this one waits for something outside (I19). Its lane stays closed. */
  rest(): void;
  /** Opens the lane for the next run. */
  leaveLane(): void;
  /** Both. */
  end(): void;
}

/** How many runs of a trigger are under way, and in which order the others begin (I18, I19). */
export interface Slots {
  enter(lane: string | null, start: (ticket: Ticket) => void): void;
  /** Running and waiting to run; resting runs do not count. */
  load(): number;
  /** What will go on by itself: without resting runs and those in a lane behind one. */
  busy(): number;
}

interface Job {
  readonly lane: string | null;
  readonly start: (ticket: Ticket) => void;
}

/** `perTurn`: how many may begin in one turn of the loop; graphs of many nodes keep it busy for long. */
export function createSlots(concurrency: number, perTurn: number, clock: Clock): Slots {
  let running = 0;
  let startedThisTurn = 0;
  let turnComing = false;
  let waitingInLanes = 0;
  /** Heads of their lanes, in order. */
  const ready: Job[] = [];
  let first = 0;
  /** Open runs of a lane behind its head. */
  const lanes = new Map<string, Job[]>();
  /** Lanes whose head rests. */
  const restingLanes = new Set<string>();

  function pump(): void {
    while (running < concurrency && first < ready.length) {
      if (startedThisTurn >= perTurn) return nextTurn();
      const job = ready[first];
      first += 1;
      if (first > 1024 && first * 2 > ready.length) {
        ready.splice(0, first);
        first = 0;
      }
      if (job === undefined) return;
      running += 1;
      startedThisTurn += 1;
      job.start(ticketOf(job));
    }
    if (startedThisTurn > 0) nextTurn();
  }

  function nextTurn(): void {
    if (turnComing) return;
    turnComing = true;
    clock.nextTurn(() => {
      turnComing = false;
      startedThisTurn = 0;
      pump();
    });
  }

  function ticketOf({ lane }: Job): Ticket {
    let resting = false;
    let inLane = lane !== null;
    const ticket: Ticket = {
      rest() {
        if (resting) return;
        resting = true;
        running -= 1;
        if (inLane && lane !== null) restingLanes.add(lane);
        pump();
      },
      leaveLane() {
        if (!inLane || lane === null) return;
        inLane = false;
        restingLanes.delete(lane);
        const behind = lanes.get(lane);
        const next = behind?.shift();
        if (next === undefined) lanes.delete(lane);
        else {
          waitingInLanes -= 1;
          ready.push(next);
          pump();
        }
      },
      end() {
        ticket.leaveLane();
        ticket.rest();
      },
    };
    return ticket;
  }

  const load = (): number => running + ready.length - first + waitingInLanes;

  return {
    enter(lane, start) {
      const job = { lane, start };
      const behind = lane === null ? undefined : lanes.get(lane);
      if (behind !== undefined) {
        waitingInLanes += 1;
        behind.push(job);
        return;
      }
      if (lane !== null) lanes.set(lane, []);
      ready.push(job);
      pump();
    },
    load,
    busy() {
      let behind = 0;
      for (const lane of restingLanes) behind += lanes.get(lane)?.length ?? 0;
      return load() - behind;
    },
  };
}
