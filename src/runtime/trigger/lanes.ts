import type { RunId } from "../../core/run-id.js";

/** A run that is due: it starts when it has its place. */
export interface Due {
  readonly run: RunId;
  readonly start: () => void;
}
/** One that waits for its turn in a lane before. */
export interface Job extends Due {
  readonly entrance: Entrance;
}

/** Where the runs of one trigger wait for their places. */
export interface Entrance {
  /** Its turn has come. */
  enter(job: Due): void;
  /** Its turn comes in another process. */
  withdraw(): void;
}

/** Lanes of one flow (I18): the head of each may run, those behind it wait, by whichever trigger they came. */
export interface Lanes {
  /** At the lane's end, or at once again where it is the head. */
  enter(job: Job, lane: string): void;
  /** It waits for something outside: its lane stays closed. */
  rest(run: RunId, lane: string): void;
  /** The store knows that it has left: the next one's turn. */
  leave(run: RunId, lane: string): void;
  /** The run's shard is another process's. */
  forget(run: RunId, lane: string): void;
  /** Lanes that several processes share may have new heads: one of them, or any. */
  look(lane: string | null): void;
  /** Takes up a lane that an earlier process left: the parked run at its head, else runs whose order the store knows. */
  restore(lane: string, head: RunId | null, behind: readonly Job[]): void;
  /** Runs that do not go on by themselves, for the one before them does not. */
  still(): number;
  /** A lane has more waiting than a partition is read for (I19). */
  crowded(): boolean;
}

export interface LanesHooks {
  /** The run that joined the lane first of those in it. */
  laneHead(lane: string): Promise<RunId | null>;
  /** There may be room for more. */
  room(): void;
  /** `laneHead` rejected: its lane stays closed. */
  failed(cause: unknown): void;
}

interface Lane {
  head: RunId | null;
  /** From an earlier process, before `behind`, in an order that the store knows. */
  readonly recovered: Map<RunId, Job>;
  readonly behind: Job[];
}

/** I19: messages behind one lane's head. */
export const LONGEST_LANE = 100;

/** Of a store that this process has to itself: it knows the order of what it has admitted. */
export function createLanes({ laneHead, room, failed }: LanesHooks): Lanes {
  const lanes = new Map<string, Lane>();
  /** Whose head waits for something outside. */
  const resting = new Set<Lane>();
  let crowdedLanes = 0;

  /** The lane is free: its next run's turn. */
  function advance(name: string, lane: Lane): void {
    lane.head = null;
    resting.delete(lane);
    if (lane.recovered.size > 0) return void nextRecovered(name, lane).then(room, failed);
    const job = lane.behind.shift();
    if (lane.behind.length === LONGEST_LANE) crowdedLanes -= 1;
    if (job === undefined) lanes.delete(name);
    else begin(job, lane);
    room();
  }

  /** Runs of a lane lie in several shards, so that only the store knows their order. */
  async function nextRecovered(name: string, lane: Lane): Promise<void> {
    const head = lane.recovered.size === 1 && lane.behind.length === 0 ? lane.recovered.keys().next().value : await laneHead(name);
    const job = head === undefined || head === null ? undefined : lane.recovered.get(head);
    if (job === undefined) {
      // Its head cannot be driven here: the lane stays closed behind it.
      lane.head = head ?? null;
      resting.add(lane);
      return;
    }
    lane.recovered.delete(job.run);
    begin(job, lane);
  }

  function begin(job: Job, lane: Lane): void {
    lane.head = job.run;
    job.entrance.enter(job);
  }

  return {
    enter(job, name) {
      const lane = lanes.get(name);
      if (lane === undefined) {
        lanes.set(name, { head: job.run, recovered: new Map(), behind: [] });
        job.entrance.enter(job);
      } else if (lane.head === job.run) {
        resting.delete(lane);
        job.entrance.enter(job);
      } else {
        lane.behind.push(job);
        if (lane.behind.length === LONGEST_LANE + 1) crowdedLanes += 1;
      }
    },
    rest(run, name) {
      const lane = lanes.get(name);
      if (lane?.head === run) resting.add(lane);
    },
    leave(run, name) {
      const lane = lanes.get(name);
      if (lane?.head === run) advance(name, lane);
    },
    forget: () => undefined,
    look: () => undefined,
    restore(name, head, behind) {
      const lane: Lane = { head, recovered: new Map(behind.map((job) => [job.run, job])), behind: [] };
      lanes.set(name, lane);
      if (head === null) advance(name, lane);
      else resting.add(lane);
    },
    still() {
      let still = 0;
      for (const lane of resting) still += lane.behind.length + lane.recovered.size;
      return still;
    },
    crowded: () => crowdedLanes > 0,
  };
}
