import type { RunId } from "../../core/run-id.js";

interface Job {
  readonly run: RunId;
  readonly start: () => void;
}

interface Lane<J> {
  /** Runs of this process that wait for their turn. */
  readonly jobs: Map<RunId, J>;
  /** The one of this process whose turn it is; null: another process's, or nobody's. */
  head: RunId | null;
  asking: boolean;
  again: boolean;
}

/** Lanes whose runs several processes drive: the store alone knows whose turn it is (I18). */
export interface SharedLanes<J extends Job> {
  enter(job: J, lane: string): void;
  /** The store knows that it has left. */
  leave(run: RunId, lane: string): void;
  /** Its shard is another process's. */
  forget(run: RunId, lane: string): void;
  /** Its head may be another one: somebody else's left it. */
  look(lane: string): void;
  lookAll(): void;
  waiting(): number;
  /** Of those behind a head that `goesOn`, or that the store is being asked for. */
  willGoOn(goesOn: (head: RunId) => boolean): number;
  longest(): number;
}

export function createSharedLanes<J extends Job>(laneHead: (lane: string) => Promise<RunId | null>, begin: (job: J) => void, failed: (cause: unknown) => void): SharedLanes<J> {
  const lanes = new Map<string, Lane<J>>();

  function look(name: string): void {
    const lane = lanes.get(name);
    if (lane === undefined) return;
    if (lane.asking) {
      lane.again = true;
      return;
    }
    lane.asking = true;
    lane.again = false;
    ask(name, lane).catch(failed);
  }

  async function ask(name: string, lane: Lane<J>): Promise<void> {
    const head = await laneHead(name);
    lane.asking = false;
    const job = head === null ? undefined : lane.jobs.get(head);
    if (job !== undefined) {
      lane.jobs.delete(job.run);
      lane.head = job.run;
      begin(job);
    }
    if (lane.jobs.size === 0 && lane.head === null) lanes.delete(name);
    else if (lane.again) look(name);
  }

  const sum = (of: (lane: Lane<J>) => number): number => [...lanes.values()].reduce((all, lane) => all + of(lane), 0);

  return {
    enter(job, name) {
      const lane = lanes.get(name) ?? { jobs: new Map<RunId, J>(), head: null, asking: false, again: false };
      lanes.set(name, lane);
      // It had its turn, and rested.
      if (lane.head === job.run) return begin(job);
      lane.jobs.set(job.run, job);
      look(name);
    },
    leave(run, name) {
      const lane = lanes.get(name);
      if (lane?.head !== run) return;
      lane.head = null;
      look(name);
    },
    forget(run, name) {
      const lane = lanes.get(name);
      if (lane === undefined) return;
      lane.jobs.delete(run);
      if (lane.head === run) lane.head = null;
      if (lane.jobs.size === 0 && lane.head === null && !lane.asking) lanes.delete(name);
    },
    look,
    lookAll() {
      for (const name of lanes.keys()) look(name);
    },
    waiting: () => sum(({ jobs }) => jobs.size),
    willGoOn: (goesOn) => sum(({ jobs, head, asking }) => (asking || (head !== null && goesOn(head)) ? jobs.size : 0)),
    longest() {
      let most = 0;
      // There may be a lane for each of many thousands of parked runs: more than a call takes arguments.
      for (const { jobs } of lanes.values()) most = Math.max(most, jobs.size);
      return most;
    },
  };
}
